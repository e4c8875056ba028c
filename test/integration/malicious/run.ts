import type { Approval, ApprovalScope, Client, Mode, SessionId, SessionView, UserPart } from '../../../sidecar/contract/index.ts'
import { applyEvent } from '../../../sidecar/contract/index.ts'

export interface Ran {
  sessionId: SessionId
  view: SessionView
  /** What was asked; every question was answered with no, or as told. */
  asked: Approval[]
}

/** One turn to its end, with a person who answers every question alike. */
export async function runTurn(
  client: Client,
  where: { workspace: string; mode: Mode; sessionId?: SessionId; space?: string },
  parts: UserPart[],
  allow: boolean | ((approval: Approval) => boolean | ApprovalScope) = false,
): Promise<Ran> {
  const { workspace, mode, space } = where
  const sessionId = where.sessionId ?? (await client.sessions.create({ workspace, mode, ...(space && { space }) })).id
  const asked: Approval[] = []
  const watching = new AbortController()
  const items = await client.sessions.watch({ sessionId }, { signal: watching.signal })
  await client.turns.send({ sessionId, parts })
  let view: SessionView | undefined
  let begun = false
  for await (const item of items) {
    if (item.type === 'snapshot') view = item.view
    else if (item.type === 'events' && view) view = item.events.reduce(applyEvent, view)
    for (const approval of view?.approvals ?? []) {
      if (asked.some(({ id }) => id === approval.id)) continue
      asked.push(approval)
      const answer = typeof allow === 'function' ? allow(approval) : allow
      const scope = typeof answer === 'string' ? answer : 'once'
      await client.approvals.answer({ approvalId: approval.id, allow: answer !== false, scope })
    }
    begun ||= view?.turn !== undefined && view.turn.endedAt === undefined
    const ended = view?.turn?.endedAt !== undefined && view.queue.length === 0 && view.summary.status !== 'running'
    if (ended && view && (begun || where.sessionId === undefined)) break
  }
  watching.abort()
  return { sessionId, view: await client.sessions.get({ sessionId }), asked }
}

/** Words of a person that hold calls. */
export const order = (...calls: { call: string; args: unknown }[]): UserPart[] => [
  { type: 'text', text: `Do this: <<${JSON.stringify(calls)}>>` },
]

/** Runs all with a few at a time. */
export async function each<T>(all: readonly T[], work: (item: T, index: number) => Promise<void>, most = 6): Promise<void> {
  const waiting = all.map((item, index) => ({ item, index }))
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await work(next.item, next.index)
  }
  await Promise.all(Array.from({ length: most }, worker))
}
