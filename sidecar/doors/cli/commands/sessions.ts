import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { sessionId } from '../session.ts'
import { sessionRows } from '../table.ts'

export async function list(host: Host, options: JsonOption & { search?: string; archived?: boolean }): Promise<number> {
  const { json, search, archived = false } = options
  const { sessions } = await withClient(host, (client) =>
    client.sessions.list({ archived, ...(search !== undefined && { search }) }),
  )
  if (json) host.print(JSON.stringify({ sessions }))
  else if (sessions.length === 0) host.note('There are none.')
  else for (const row of sessionRows(sessions)) host.print(row)
  return EXIT.done
}

export async function rename(host: Host, id: string, title: string): Promise<number> {
  const session = sessionId(id)
  await withClient(host, (client) => client.sessions.rename({ sessionId: session, title }))
  return EXIT.done
}

export async function space(host: Host, id: string, space: string): Promise<number> {
  const session = sessionId(id)
  await withClient(host, (client) => client.sessions.configure({ sessionId: session, space }))
  return EXIT.done
}

export async function archive(host: Host, id: string, archived: boolean): Promise<number> {
  const session = sessionId(id)
  await withClient(host, (client) => client.sessions.archive({ sessionId: session, archived }))
  return EXIT.done
}
