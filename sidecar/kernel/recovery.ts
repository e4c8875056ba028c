import { atRest, type MessageId, type SessionEvent, type SessionView, type TurnId } from '../contract/index.ts'

/** What to do with a session whose turn was open when the sidecar stopped. */
export type Recovery =
  /** A person was asked and nothing else was under way: the turn goes on waiting. */
  { do: 'resume'; turnId: TurnId; messageId: MessageId } | { do: 'interrupt'; events: SessionEvent[] } | { do: 'nothing' }

/** Decides from the fold alone; pure. A call that had started is never run again: its outcome is unknown. */
export function recovery(view: SessionView): Recovery {
  const { turn } = view
  if (!turn || atRest(turn.state)) return { do: 'nothing' }
  const waiting = view.approvals.find((a) => a.turnId === turn.id)
  const started = unfinished(view, turn.id).filter(({ part }) => part.status === 'running')
  if (waiting && started.length === 0) return { do: 'resume', turnId: turn.id, messageId: waiting.messageId }
  return { do: 'interrupt', events: [...closeCalls(view, turn.id, 'interrupted'), { type: 'turnInterrupted', turnId: turn.id }] }
}

/** Ends every call of a turn that has no end yet. */
export function closeCalls(view: SessionView, turnId: TurnId, status: 'cancelled' | 'interrupted'): SessionEvent[] {
  return unfinished(view, turnId).map(({ messageId, part }) => ({
    type: 'toolFinished',
    messageId,
    partId: part.id,
    status,
    output: part.output,
  }))
}

const ENDED: readonly string[] = ['done', 'failed', 'denied', 'cancelled', 'interrupted']

function unfinished(view: SessionView, turnId: TurnId) {
  return view.messages
    .filter((message) => message.turnId === turnId)
    .flatMap((message) =>
      message.parts.flatMap((part) =>
        part.type === 'tool' && !ENDED.includes(part.status) ? [{ messageId: message.id, part }] : [],
      ),
    )
}
