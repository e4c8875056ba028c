import {
  applyDelta,
  applyEvent,
  type Client,
  type Failure,
  type Message,
  type MessageId,
  type SessionId,
  type SessionView,
  type TurnId,
  type UserPart,
  type WatchItem,
} from '../../contract/index.ts'
import { Asker, type AskPerson } from './asker.ts'
import { endIn, lookUp, type TurnEnd } from './ending.ts'
import type { Ending } from './exit-code.ts'
import { Cancelled } from './problem.ts'
import type { TurnScreen } from './turn-screen.ts'

export interface TurnOptions {
  client: Client
  sessionId: SessionId
  parts: UserPart[]
  screen: TurnScreen
  /** Absent where there is no person to ask. */
  ask: AskPerson | undefined
  /** Aborts when the person wants the turn to stop. */
  cancel: AbortSignal
}

export interface TurnResult {
  turnId: TurnId | undefined
  status: Ending
  failure: Failure | undefined
  messages: Message[]
  /** A call was denied by the gate, or for lack of a person. A person's own no is no refusal. */
  refused: boolean
}

/** Sends a message and follows it until its turn is at rest. @throws Cancelled when it was stopped before it was sent */
export async function runTurn({ client, sessionId, parts, screen, ask, cancel }: TurnOptions): Promise<TurnResult> {
  const watching = new AbortController()
  let trouble: unknown
  const giveUp = (error: unknown): void => {
    trouble ??= error
    watching.abort()
  }
  const asker = new Asker(client, ask, giveUp)
  let view: SessionView | undefined
  let messageId: MessageId | undefined
  let turnId: TurnId | undefined
  let sentAfter = 0

  const cancelTurn = (): Promise<unknown> => client.turns.cancel({ sessionId })
  const stop = (): void => {
    if (messageId === undefined) return
    const started = turnId !== undefined || !view?.queue.some(({ id }) => id === messageId)
    const stopped = started ? cancelTurn() : client.turns.unqueue({ sessionId, messageId }).catch(cancelTurn)
    stopped.catch(giveUp)
  }

  /** Folds one item. @returns the end of the turn, once it is there */
  const take = async (item: WatchItem): Promise<TurnEnd | undefined> => {
    if (item.type === 'snapshot') {
      view = item.view
      if (messageId !== undefined) {
        const found = await lookUp(client, sessionId, messageId, sentAfter)
        turnId = found.turnId
        return found.end
      }
      if (cancel.aborted) throw new Cancelled()
      sentAfter = view.summary.seq
      messageId = (await client.turns.send({ sessionId, parts })).messageId
      cancel.addEventListener('abort', stop, { once: true })
      if (cancel.aborted) stop()
      return undefined
    }
    if (!view) return undefined
    for (const logged of item.events) {
      view = applyEvent(view, logged)
      if (logged.event.type === 'messageRemoved' && logged.event.messageId === messageId)
        return { turnId: undefined, status: 'cancelled' }
      turnId ??= view.messages.find(({ id }) => id === messageId)?.turnId
      const end = endIn(view, turnId)
      if (end) return end
    }
    for (const delta of item.deltas) view = applyDelta(view, delta)
    return undefined
  }

  const ofTurn = (): Message[] => view?.messages.filter((message) => turnId !== undefined && message.turnId === turnId) ?? []
  try {
    for await (const item of await client.sessions.watch({ sessionId }, { signal: watching.signal })) {
      const end = await take(item)
      screen.draw(ofTurn())
      if (view?.turn && view.turn.id === turnId) screen.tell(view.turn)
      asker.update(view?.approvals.filter((approval) => approval.turnId === turnId) ?? [])
      if (!end) continue
      const messages = view && end.turnId !== undefined ? await wholeTurn(client, view, end.turnId) : []
      return { turnId: end.turnId, status: end.status, failure: end.failure, messages, refused: isRefused(messages, asker) }
    }
    throw new Error('the connection to Oxbow was lost')
  } catch (error) {
    throw trouble ?? error
  } finally {
    cancel.removeEventListener('abort', stop)
    watching.abort()
    await asker.close()
    screen.endLine()
  }
}

/** Every message of a turn, also those that a window of the newest ones no longer holds. */
async function wholeTurn(client: Client, view: SessionView, turnId: TurnId): Promise<Message[]> {
  let { messages, earlier } = view
  while (earlier > 0 && messages[0]?.turnId === turnId) {
    const page = await client.sessions.messages({ sessionId: view.summary.id, before: earlier })
    messages = [...page.messages, ...messages]
    earlier = page.earlier
  }
  return messages.filter((message) => message.turnId === turnId)
}

function isRefused(messages: readonly Message[], { unattended }: Asker): boolean {
  return messages.some(({ parts }) =>
    parts.some(
      (part) =>
        part.type === 'tool' && part.status === 'denied' && (part.approvalId === undefined || unattended.has(part.approvalId)),
    ),
  )
}
