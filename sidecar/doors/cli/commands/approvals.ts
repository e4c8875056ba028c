import {
  type Approval,
  ApprovalId,
  applyEvent,
  type Client,
  type PolicyRule,
  type SessionId,
  type SessionView,
} from '../../../contract/index.ts'
import type { AnswerOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { UsageError } from '../problem.ts'
import { askAlwaysAtTerminal } from '../prompt.ts'
import { alwaysLines, questionLines } from '../question.ts'
import { table } from '../table.ts'

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const { approvals } = await withClient(host, (client) => client.approvals.list({}))
  if (json) host.print(JSON.stringify({ approvals }))
  else if (approvals.length === 0) host.note('No question waits.')
  else
    for (const approval of approvals)
      for (const line of [approval.id, ...questionLines(approval), ...alwaysLines(approval), '']) host.print(line)
  return EXIT.done
}

/** Answers a question. Where the sidecar is our own, the turn that asked goes on here before it ends. */
export async function answer(host: Host, text: string, allow: boolean, options: AnswerOptions): Promise<number> {
  const { scope, note } = options
  const id = ApprovalId.safeParse(text)
  if (!id.success) throw new UsageError(`"${text}" is no question's id`, 'See `oxbow approvals` for the ids.')
  return withClient(host, async (client, { own }) => {
    if (options.rules && !(allow && scope === 'always'))
      throw new UsageError('--rules goes with yes and --scope always', 'Only such an answer saves rules.')
    const approval = (await client.approvals.list({})).approvals.find((one) => one.id === id.data)
    const standing = approval && allow && scope === 'always' ? await standingYes(host, approval, options) : undefined
    if (standing === 'taken back') return EXIT.failed
    await client.approvals.answer({ approvalId: id.data, allow, scope, ...standing, ...(note !== undefined && { note }) })
    const sessionId = approval?.sessionId
    if (own && sessionId !== undefined) host.print(`The turn went on: ${await restOf(client, sessionId)}.`)
    return EXIT.done
  })
}

/** A yes for always is given to what was shown. Where nobody can be asked, what it covers is said. */
async function standingYes(
  host: Host,
  approval: Approval,
  { rules: asRules }: AnswerOptions,
): Promise<{ rules?: PolicyRule[] } | 'taken back'> {
  const { rules, onceOnly } = approval
  if (asRules && !rules)
    throw new UsageError('this question proposes no rules', 'Leave --rules out, or write one with `oxbow policy add`.')
  const ask = asRules || onceOnly ? undefined : askAlwaysAtTerminal(host)
  if (ask) {
    const answer = await ask(approval, new AbortController().signal)
    return answer ? { ...(answer.rules && { rules: answer.rules }) } : 'taken back'
  }
  for (const line of alwaysLines(approval)) host.note(line)
  return asRules && rules ? { rules } : {}
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
