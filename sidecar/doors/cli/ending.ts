import {
  atRest,
  type Client,
  type EventOf,
  type Failure,
  type MessageId,
  type SessionId,
  type SessionView,
  type TurnId,
} from '../../contract/index.ts'
import type { Ending } from './exit-code.ts'

export interface TurnEnd {
  turnId: TurnId | undefined
  status: Ending
  failure?: Failure | undefined
}

const ENDS = {
  turnCompleted: 'completed',
  turnFailed: 'failed',
  turnCancelled: 'cancelled',
  turnInterrupted: 'interrupted',
} as const

/** The end of a turn, where the view still shows it. */
export function endIn(view: SessionView, turnId: TurnId | undefined): TurnEnd | undefined {
  const { turn } = view
  if (turnId === undefined || turn?.id !== turnId || !atRest(turn.state)) return undefined
  return { turnId, status: turn.state as Ending, failure: turn.failure }
}

/** What became of a message, from the log itself: for who fell behind so far that the view shows later turns. */
export async function lookUp(
  client: Client,
  sessionId: SessionId,
  messageId: MessageId,
  after: number,
): Promise<{ turnId: TurnId | undefined; end: TurnEnd | undefined }> {
  let turnId: TurnId | undefined
  for (let from = after; ; ) {
    const { events, head } = await client.sessions.events({ sessionId, after: from, limit: 1000 })
    for (const { seq, event } of events) {
      from = seq
      if ((event.type === 'turnStarted' || event.type === 'messagesJoined') && event.messageIds.includes(messageId))
        turnId = event.turnId
      if (event.type === 'messageRemoved' && event.messageId === messageId)
        return { turnId: undefined, end: { turnId: undefined, status: 'cancelled' } }
      if (event.type in ENDS) {
        const { type, turnId: ended } = event as EventOf<keyof typeof ENDS>
        const failure = event.type === 'turnFailed' ? event.failure : undefined
        if (ended === turnId) return { turnId, end: { turnId, status: ENDS[type], failure } }
      }
    }
    if (events.length === 0 || from >= head) return { turnId, end: undefined }
  }
}
