import { setImmediate as breathe } from 'node:timers/promises'
import { BY_AGENT, type LearnReport, NOTHING_LEARNED, type SessionId, spaceAt } from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'
import type { Candidate, MemoryReach, MemoryRoom } from '../memory/index.ts'
import type { SessionLog } from './log/session-log.ts'
import { askModel, type Found, type MemoryModelParts } from './memory-model.ts'
import type { MemoryPort } from './memory-port.ts'
import type { LearnProgress } from './memory-progress.ts'
import { type SaidTurn, turnsAfter } from './memory-turns.ts'

/** Sessions that wait to be learned from. More are found again by how far they got. */
const MOST_WAITING = 200
/** Learning begins once no turn has ended for this long, and at the latest after the second time, in milliseconds. */
const QUIET_MS = 1_500
const MOST_WAIT_MS = 30_000
/** Memories looked at after a turn, for those that have faded. */
const TENDED = 50

export interface LearnerParts extends MemoryModelParts {
  log: SessionLog
  memory: MemoryPort
  progress: LearnProgress
  journal: Log
  /** Whether to learn at all. */
  wanted(): boolean
  /** The model to ask; undefined: the session's. */
  model(): string | undefined
  /** A reference that is no language model. */
  guide: string
}

/**
 * Learns from turns that have ended: one session at a time, behind everything else, within its own budget. How far it came is
 * written with what it learned, so a stop or a crash in the middle loses and doubles nothing.
 */
export class MemoryLearner {
  readonly #parts: LearnerParts
  readonly #waiting = new Set<SessionId>()
  readonly #stopped = new AbortController()
  #running: Promise<void> | undefined
  #soon: NodeJS.Timeout | undefined
  /** When the first of those that wait began to. */
  #since = 0
  #report = { ...NOTHING_LEARNED }

  constructor(parts: LearnerParts) {
    this.#parts = parts
  }

  /** A turn has ended; its end is in the log. Returns at once. */
  turnEnded(session: SessionId): void {
    if (this.#stopped.signal.aborted) return
    if (this.#waiting.size < MOST_WAITING) this.#waiting.add(session)
    const now = performance.now()
    if (!this.#soon) {
      this.#since = now
      this.#soon = setTimeout(() => this.#start(), QUIET_MS).unref()
    } else if (now - this.#since < MOST_WAIT_MS) this.#soon.refresh()
  }

  /** Takes up what an earlier run left, or what did not fit. Returns at once. */
  resume(): void {
    if (this.#stopped.signal.aborted) return
    for (const session of this.#parts.progress.pending()) this.#waiting.add(session)
    this.#start()
  }

  /** Learns from everything that is there. @returns what became of it, since the last time this was asked */
  async now(): Promise<LearnReport> {
    this.resume()
    await this.settled()
    const report = this.#report
    this.#report = { ...NOTHING_LEARNED }
    return report
  }

  /** Begins at once with what waits. Settles when nothing does. */
  async settled(): Promise<void> {
    this.#start()
    while (this.#running) await this.#running
  }

  /** Ends what runs; the rest is taken up at the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#soon)
    this.#waiting.clear()
    await this.#running
  }

  #start(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
    if (this.#stopped.signal.aborted || this.#waiting.size === 0) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // Asked for between the last look and now.
      this.#start()
    })
  }

  async #run(): Promise<void> {
    // Whatever the turn still has to do goes first.
    await breathe()
    for (const session of this.#waiting) {
      this.#waiting.delete(session)
      if (this.#stopped.signal.aborted) return
      try {
        await this.#learnFrom(session)
        await (await this.#parts.memory.open()).indexEpisodes()
      } catch (error) {
        if (!this.#stopped.signal.aborted)
          this.#parts.journal.warn({ err: error, session }, 'a session could not be learned from')
      }
    }
  }

  async #learnFrom(session: SessionId): Promise<void> {
    const { log, progress, wanted } = this.#parts
    const after = progress.of(session)
    // What is said while learning is off is not learned later either.
    if (!wanted()) return progress.set(session, log.summary(session).seq)
    const { turns, seq } = await turnsAfter(log, session, after)
    for (const turn of turns) {
      if (this.#stopped.signal.aborted) return
      await this.#learnTurn(session, turn)
    }
    progress.set(session, seq)
    if (turns.length > 0 && log.summary(session).seq > seq) this.#waiting.add(session)
  }

  async #learnTurn(session: SessionId, turn: SaidTurn): Promise<void> {
    const { memory, progress } = this.#parts
    const also = (): void => progress.set(session, turn.seq)
    if (turn.said.trim() === '') return also()
    const room = await memory.open()
    // Where it has been put into another space since, what was said before stays in the one before.
    const reach = { space: spaceAt(this.#parts.log.view(session), turn.seq), agent: '' }
    await this.#keepTask(room, session, turn, reach)
    const candidates = await this.#candidates(room, session, turn)
    if (this.#stopped.signal.aborted) return
    if (candidates.length === 0) return also()
    const report = await room.learning.learn({ ...reach, session, at: turn.at, candidates }, also)
    for (const key of Object.keys(report) as (keyof LearnReport)[]) this.#report[key] += report[key]
    room.tendSome(TENDED)
  }

  /** Before the turn counts as learned: done twice it is kept once. */
  async #keepTask(room: MemoryRoom, session: SessionId, turn: SaidTurn, reach: MemoryReach): Promise<void> {
    if (turn.calls.length === 0) return
    const taint = [...new Set((this.#parts.log.view(session).taints ?? []).map(({ label }) => label))]
    const { turnId, at, said: goal, answered, calls, completed } = turn
    await room.learning.keepTask(
      { session, turn: turnId, at, goal, answered: answered.slice(-2000), calls, completed, taint },
      reach,
    )
  }

  async #candidates(room: MemoryRoom, session: SessionId, turn: SaidTurn): Promise<Candidate[]> {
    const { log, guide, model, journal } = this.#parts
    const { summary, taints = [] } = log.view(session)
    const labels = [...new Set(taints.map(({ label }) => label))]
    const ref = model() ?? summary.model
    if (ref !== guide && room.learning.mayTell(turn.said)) {
      try {
        const found = await askModel(this.#parts, { ref, sessionId: session, turn, signal: this.#stopped.signal })
        if (found) return found.map((one) => this.#trusted(room, one, turn, labels))
      } catch (error) {
        journal.debug({ err: error, session }, 'no model could be asked what to remember')
      }
    }
    const kept = labels.filter((label) => label === 'private')
    const message = turn.messageId
    return (await room.learning.extract(turn.said)).map((one) => ({ ...one, taint: kept, message }))
  }

  /** A model's word for it is not enough: what the person did not say in so many words carries the labels of the conversation. */
  #trusted(room: MemoryRoom, { since, ...found }: Found, { said, messageId }: SaidTurn, labels: readonly string[]): Candidate {
    const own = room.learning.saidBy(said, found.text)
    const taint = own ? labels.filter((label) => label === 'private') : [BY_AGENT, ...labels]
    return { ...found, taint, message: messageId, ...(since !== undefined && { validFrom: since }) }
  }
}
