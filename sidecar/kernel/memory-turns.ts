import { setImmediate as breathe } from 'node:timers/promises'
import type { Message, MessageId, SessionId, TurnId } from '../contract/index.ts'
import type { SessionLog } from './log/session-log.ts'

/** Events read at once. */
const PAGE = 200
/** Turns learned from in one go; the rest follows. */
const MOST_TURNS = 20
/** Messages looked through for them, from the newest back. */
const MOST_MESSAGES = 400
const MOST_SAID = 20_000
const MOST_ANSWERED = 6000

/** What was said in a turn that has ended. */
export interface SaidTurn {
  turnId: TurnId
  /** Of the event that ended it. */
  seq: number
  at: string
  /** The person's own typed words; no documents, no files. */
  said: string
  messageId: MessageId | undefined
  answered: string
  /** What its tools did, in order. */
  calls: { title: string; ok: boolean }[]
  completed: boolean
}

/** The turns of a session that ended after an event, oldest first. `seq`: how far that went. */
export async function turnsAfter(
  log: SessionLog,
  session: SessionId,
  after: number,
): Promise<{ turns: SaidTurn[]; seq: number }> {
  const ended: Pick<SaidTurn, 'turnId' | 'seq' | 'at' | 'completed'>[] = []
  let seq = after
  for (;;) {
    const page = log.events(session, seq, PAGE)
    for (const { seq: at, at: when, event } of page) {
      const ends =
        event.type === 'turnCompleted' ||
        event.type === 'turnFailed' ||
        event.type === 'turnCancelled' ||
        event.type === 'turnInterrupted'
      if (ends && ended.length < MOST_TURNS)
        ended.push({ turnId: event.turnId, seq: at, at: when, completed: event.type === 'turnCompleted' })
      if (ended.length < MOST_TURNS) seq = at
    }
    if (page.length < PAGE || ended.length === MOST_TURNS) break
    await breathe()
  }
  // What follows the last end that is taken up is looked at again.
  const reached = ended.length === MOST_TURNS ? ended.at(-1)!.seq : seq
  return { turns: ended.map((turn) => ({ ...turn, ...wordsOf(log, session, turn.turnId) })), seq: reached }
}

function wordsOf(log: SessionLog, session: SessionId, turn: TurnId): Pick<SaidTurn, 'said' | 'messageId' | 'answered' | 'calls'> {
  const messages = messagesOf(log, session, turn)
  const text = (role: Message['role']): string =>
    messages
      .filter((message) => message.role === role && message.status !== 'replaced')
      .flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])))
      .join('\n')
  return {
    said: text('user').slice(0, MOST_SAID),
    messageId: messages.find(({ role }) => role === 'user')?.id,
    answered: text('assistant').slice(0, MOST_ANSWERED),
    calls: messages
      .filter(({ status }) => status !== 'replaced')
      .flatMap(({ parts }) =>
        parts.flatMap((part) => (part.type === 'tool' ? [{ title: part.title, ok: part.status === 'done' }] : [])),
      ),
  }
}

/** Those of one turn stand together. */
function messagesOf(log: SessionLog, session: SessionId, turn: TurnId): Message[] {
  const count = log.summary(session).messageCount
  const found: Message[] = []
  for (let end = count; end > Math.max(0, count - MOST_MESSAGES); end -= PAGE) {
    const page = log.messages(session, Math.max(0, end - PAGE), end)
    const own = page.filter(({ turnId }) => turnId === turn)
    found.unshift(...own)
    if (found.length > 0 && page[0]?.turnId !== turn) break
  }
  return found
}
