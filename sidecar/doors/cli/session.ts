import { resolve } from 'node:path'
import { type Client, ModelRef, SessionId, type SessionSummary } from '../../contract/index.ts'
import type { SessionOptions } from './command-set.ts'
import type { Host } from './host.ts'
import { causeOf, problemOf, UsageError } from './problem.ts'

/** The session that the options name, changed as they say; else a new one in the person's folder. */
export async function openSession(client: Client, options: SessionOptions, host: Host): Promise<SessionSummary> {
  const { mode, sandbox: isolation, space } = options
  const model = options.model === undefined ? undefined : modelRef(options.model)
  const workspace = options.workspace === undefined ? undefined : resolve(host.cwd, options.workspace)
  const wanted = {
    ...(model !== undefined && { model }),
    ...(mode !== undefined && { mode }),
    ...(isolation !== undefined && { isolation }),
    ...(space !== undefined && { space }),
    ...(workspace !== undefined && { workspace }),
  }
  if (options.session === undefined) return createSession(client, wanted, host)
  const id = sessionId(options.session)
  if (Object.keys(wanted).length > 0) return client.sessions.configure({ sessionId: id, ...wanted })
  return (await client.sessions.get({ sessionId: id })).summary
}

type Wanted = Pick<Parameters<Client['sessions']['create']>[0], 'model' | 'mode' | 'workspace' | 'isolation' | 'space'>

/** Where the current folder may not be a workspace (the home folder, `/`), Oxbow's own is taken, and that is said. */
async function createSession(client: Client, wanted: Wanted, host: Host): Promise<SessionSummary> {
  if (wanted.workspace !== undefined) return client.sessions.create(wanted)
  try {
    return await client.sessions.create({ ...wanted, workspace: host.cwd })
  } catch (error) {
    if (causeOf(error) !== 'sandbox.workspace') throw error
    const session = await client.sessions.create(wanted)
    host.note(`${problemOf(error).message} Working in ${session.workspace}; --workspace chooses another.`)
    return session
  }
}

/** @throws UsageError */
export function sessionId(text: string): SessionId {
  const parsed = SessionId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" is no session id`, 'See `oxbow sessions` for the ids.')
}

/** @throws UsageError */
export function modelRef(text: string): string {
  const parsed = ModelRef.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" names no model`, 'Write provider/model; see `oxbow models`.')
}
