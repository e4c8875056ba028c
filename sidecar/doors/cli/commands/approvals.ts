import { ApprovalId, applyEvent, type Client, type SessionId, type SessionView } from '../../../contract/index.ts'
import type { AnswerOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plainLine } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const { approvals } = await withClient(host, (client) => client.approvals.list({}))
  if (json) host.print(JSON.stringify({ approvals }))
  else if (approvals.length === 0) host.note('No question waits.')
  else for (const row of table(approvals.map(({ id, tier, title }) => [id, tier, plainLine(title)]))) host.print(row)
  return EXIT.done
}

/** Answers a question. Where the sidecar is our own, the turn that asked goes on here before it ends. */
export async function answer(host: Host, text: string, allow: boolean, { scope, note }: AnswerOptions): Promise<number> {
  const id = ApprovalId.safeParse(text)
  if (!id.success) throw new UsageError(`"${text}" is no question's id`, 'See `oxbow approvals` for the ids.')
  return withClient(host, async (client, { own }) => {
    const { approvals } = await client.approvals.list({})
    await client.approvals.answer({ approvalId: id.data, allow, scope, ...(note !== undefined && { note }) })
    const sessionId = approvals.find((approval) => approval.id === id.data)?.sessionId
    if (own && sessionId !== undefined) host.print(`The turn went on: ${await restOf(client, sessionId)}.`)
    return EXIT.done
  })
}

export async function grants(host: Host, { json }: JsonOption): Promise<number> {
  const { grants } = await withClient(host, (client) => client.approvals.grants())
  if (json) host.print(JSON.stringify({ grants }))
  else if (grants.length === 0) host.note('Nothing is allowed for always.')
  else
    for (const row of table(grants.map((grant) => [String(grant.id), grant.tier, grant.workspace, grant.subject])))
      host.print(row)
  return EXIT.done
}

export async function revoke(host: Host, id: number): Promise<number> {
  await withClient(host, (client) => client.approvals.revoke({ id }))
  return EXIT.done
}

/** Waits until nothing happens in a session without a person. */
async function restOf(client: Client, sessionId: SessionId): Promise<SessionView['summary']['status'] | 'completed'> {
  const watching = new AbortController()
  let view: SessionView | undefined
  try {
    for await (const item of await client.sessions.watch({ sessionId }, { signal: watching.signal })) {
      if (item.type === 'snapshot') view = item.view
      else if (view) view = item.events.reduce(applyEvent, view)
      const status = view?.summary.status
      if (status !== undefined && status !== 'running') return status === 'idle' ? 'completed' : status
    }
    throw new Error('Oxbow stopped before the turn ended')
  } finally {
    watching.abort()
  }
}
