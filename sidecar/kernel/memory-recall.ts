import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Memory,
  MemoryId,
  MemoryTopic,
  Message,
  SessionEvent,
  SessionId,
  SessionView,
  TaintMark,
  TurnId,
} from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'
import type { MemoryRoom } from '../memory/index.ts'
import type { SessionLog } from './log/session-log.ts'
import { type MemoryPort, reachOf } from './memory-port.ts'
import { taintEvents } from './taint.ts'

/** A turn waits no longer for what may be remembered, in milliseconds. */
const PATIENCE_MS = 1500
/** Messages back that a topic is told from. */
const TOPIC_MESSAGES = 5
/** Sessions whose root index is kept as it was shown. */
const MOST_KEPT = 64

/** What a model is shown of memory. */
export interface MemoryContext {
  /** Before everything that was said; the same text until the topic changes. */
  head: string | undefined
  /** Beside the messages that brought them up. */
  beside: ReadonlyMap<string, string>
}

export const NO_MEMORY: MemoryContext = { head: undefined, beside: new Map() }

/** Brings memories into a conversation: at its start and where its topic changes. */
export class MemoryRecall {
  readonly #log: SessionLog
  readonly #memory: MemoryPort
  readonly #journal: Log
  /** The root index of each session as it was made when it last recalled. */
  readonly #indexes = new Map<SessionId, { name: string; topics: MemoryTopic[] }>()

  constructor(log: SessionLog, memory: MemoryPort, journal: Log) {
    this.#log = log
    this.#memory = memory
    this.#journal = journal
  }

  /** Before the first step of a turn. What cannot be recalled in time is left out; nothing of it fails the turn. */
  async before(session: SessionId, turn: TurnId, signal: AbortSignal): Promise<void> {
    const view = this.#log.ahead(session)
    const message = view.messages.find(({ turnId, role }) => turnId === turn && role === 'user')
    // A turn that goes on after a stop has recalled already.
    if (!message || message.recalled || !this.#memory.any()) return
    try {
      const event = await this.#recall(view, message, turn, signal)
      if (event && !signal.aborted) this.#log.append(session, event)
    } catch (error) {
      this.#journal.warn({ err: error, session }, 'nothing could be recalled')
    }
  }

  /**
   * What a model is shown now: what was recalled and is still there, in its words of today. The labels of what was changed
   * since are written before anybody is shown it.
   */
  async context(session: SessionId): Promise<MemoryContext> {
    const view = this.#log.ahead(session)
    const recalls = view.messages.flatMap((message) => (message.recalled ? [message] : []))
    if (view.hot === undefined && recalls.length === 0) return NO_MEMORY
    const room = await this.#memory.open()
    // A session that was put into another space shows nothing of the one before any more.
    const reach = reachOf(view)
    const hot = room.recall.within(reach, view.hot?.ids ?? [])
    const topics = this.#topics(room, session, view)
    const beside = new Map<string, string>()
    const shown = [...hot]
    for (const { id, recalled } of recalls) {
      const found = room.recall.within(reach, recalled!.found)
      shown.push(...found)
      if (found.length > 0) beside.set(id, room.recall.beside(found))
    }
    const since = recalls[0]?.createdAt ?? ''
    const changed = taintEvents(view, shown.filter(({ updatedAt }) => updatedAt >= since).flatMap(marksOf))
    if (changed.length > 0) this.#log.append(session, changed, { durable: true })
    return { head: hot.length + topics.length > 0 ? room.recall.contextOf(hot, topics) : undefined, beside }
  }

  async #recall(view: SessionView, message: Message, turn: TurnId, signal: AbortSignal): Promise<SessionEvent[] | undefined> {
    const text = textOf(message)
    const room = await this.#memory.open()
    const reach = reachOf(view)
    const first = view.hot === undefined || view.hot.seq < (view.spaces?.at(-1)?.seq ?? 0)
    if (!first && !(await this.#inTime(room.recall.changesTopic(text, topicOf(view, message)), false, signal))) return undefined
    const hot = room.recall.hot(reach)
    const known = new Set<string>([...hot.map(({ id }) => id), ...view.messages.flatMap(({ recalled }) => recalled?.found ?? [])])
    const found = await this.#inTime(room.recall.near(text, reach, known), [], signal)
    if (found.length > 0)
      room.used(
        found.map(({ id }) => id),
        view.summary.id,
      )
    const ids = (memories: readonly Memory[]): MemoryId[] => memories.map(({ id }) => id)
    return [
      {
        type: 'memoryRecalled',
        turnId: turn,
        messageId: message.id,
        why: first ? 'start' : 'topic',
        hot: ids(hot),
        found: ids(found),
      },
      ...taintEvents(view, [...hot, ...found].flatMap(marksOf)),
    ]
  }

  /**
   * Made once for each recall, so that what a vendor has cached of the conversation stays valid while memory grows. Words that
   * are only in memories with labels are left out: else they would come into every conversation, or label it. A search brings them, with their labels.
   */
  #topics(room: MemoryRoom, session: SessionId, view: SessionView): MemoryTopic[] {
    const reach = reachOf(view)
    const name = `${view.hot?.seq ?? 0} ${room.forgotten} ${reach.space}`
    const known = this.#indexes.get(session)
    if (known?.name === name) return known.topics
    const topics = room.recall.topics(reach).filter(({ taint }) => taint === undefined)
    this.#indexes.delete(session)
    this.#indexes.set(session, { name, topics })
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexes.size <= MOST_KEPT) break
      this.#indexes.delete(oldest)
    }
    return topics
  }

  async #inTime<T>(work: Promise<T>, instead: T, signal: AbortSignal): Promise<T> {
    const end = new AbortController()
    const late = sleep(PATIENCE_MS, instead, { signal: AbortSignal.any([end.signal, signal]), ref: false }).catch(() => instead)
    try {
      return await Promise.race([work, late])
    } finally {
      work.catch(() => {})
      end.abort()
    }
  }
}

const textOf = ({ parts }: Message): string => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/** The person's messages since something was last recalled, newest first. */
function topicOf({ messages }: SessionView, current: Message): string[] {
  const before: string[] = []
  for (const message of messages.toReversed()) {
    if (message.role !== 'user' || message.turnId === current.turnId) continue
    before.push(textOf(message))
    if (message.recalled || before.length === TOPIC_MESSAGES) break
  }
  return before
}

/** What a memory was labelled with clings to the conversation that it is shown in. */
function marksOf({ id, taint }: Memory): TaintMark[] {
  const source = `memory ${id}`
  const labels = new Set(taint)
  const marks: TaintMark[] = []
  if (labels.has('private')) marks.push({ label: 'private', source, reason: 'it holds what should not leave this computer' })
  if ([...labels].some((label) => label !== 'private' && label !== 'agent'))
    marks.push({ label: 'untrusted', source, reason: 'it was remembered from what others wrote' })
  return marks
}
