import {
  atRest,
  type MessageId,
  type Mode,
  type SessionEvent,
  type SessionId,
  type SessionSummary,
  type TurnId,
  type UserPart,
} from '../contract/index.ts'
import { type Clock, type Log, OxbowError } from '../foundation/index.ts'
import type { Dreamer } from './dreamer.ts'
import type { MemoryLearner } from './memory-learner.ts'
import type { Processes } from './processes/processes.ts'
import { closeCalls, recovery } from './recovery.ts'
import { Lease, type Slots } from './slots.ts'
import { handedIn, taintEvents } from './taint.ts'
import { titleFrom } from './title.ts'
import type { Toolbox } from './toolbox.ts'
import { runTurn } from './turn.ts'
import type { KernelParts } from './turn-context.ts'

/** Messages that may wait in one session. */
const MOST_QUEUED = 100

export interface KernelOptions extends Omit<KernelParts, 'toolbox'> {
  clock: Clock
  journal: Log
  slots: Slots
  toolbox(): Promise<Toolbox>
  processes: Pick<Processes, 'has'>
  /** Absent: nothing is learned. */
  learner?: MemoryLearner | undefined
  dreamer?: Dreamer | undefined
}

/** Why a turn was aborted: by a person, or since the sidecar stops. */
type Abort = 'cancel' | 'stop'

/** How a turn begins. */
type Start =
  /** Its start is in the log, and a slot is held. */
  | { kind: 'started'; turnId: TurnId; lease: Lease }
  | { kind: 'queued' }
  | { kind: 'continue' }
  | { kind: 'resume'; turnId: TurnId; messageId: MessageId }

interface Running {
  abort(why: Abort): void
  ended: Promise<void>
}

/** Runs the turns of all sessions: one at a time in each, a bounded number at once over all. */
export class Kernel {
  readonly #parts: KernelOptions
  readonly #running = new Map<SessionId, Running>()
  #stopping = false

  constructor(parts: KernelOptions) {
    this.#parts = parts
  }

  get runningTurns(): number {
    return this.#running.size
  }

  /** Makes a session. The same `sessionId` again changes nothing. */
  create(
    options: { title: string; workspace: string; model: string; mode: Mode; space?: string },
    sessionId: SessionId = this.#parts.ids.session(),
  ): SessionSummary {
    const { log } = this.#parts
    return log.has(sessionId) ? log.summary(sessionId) : log.create(sessionId, { type: 'sessionCreated', ...options })
  }

  /**
   * Accepts a message: once this returns it is on the disk. The same `messageId` again changes nothing.
   * @throws OxbowError `session.notFound`, `session.archived`, `queue.full`, `message.taken`, `media.notFound`
   */
  send(
    sessionId: SessionId,
    parts: readonly UserPart[],
    options: { steer?: boolean; messageId?: MessageId | undefined } = {},
  ): MessageId {
    const { log, ids, slots, media } = this.#parts
    const view = log.view(sessionId)
    const { messageId = ids.message(), steer = false } = options
    const owner = options.messageId && log.acceptedBy(messageId)
    if (owner === sessionId) return messageId
    if (owner)
      throw new OxbowError('CONFLICT', 'message.taken', `${messageId} belongs to another session`, 'Send it with a new id.')
    if (view.summary.archived)
      throw new OxbowError(
        'CONFLICT',
        'session.archived',
        `"${view.summary.title}" is archived`,
        'Bring it back before you send to it.',
      )
    if (view.queue.length >= MOST_QUEUED)
      throw new OxbowError(
        'TOO_MANY_REQUESTS',
        'queue.full',
        `${MOST_QUEUED} messages wait in this session already`,
        'Wait, or remove some.',
      )
    const stored = parts.map((part) => ({ ...(part.type === 'media' ? media.describe(part) : part), id: ids.part() }))
    const files = stored.flatMap((part) => (part.type === 'media' ? [part.hash] : []))
    const title = view.summary.title === '' ? titleFrom(stored) : ''
    // A session that rests begins its turn in the same write.
    const lease = new Lease(slots)
    const rests = view.queue.length === 0 && !this.#running.has(sessionId) && !this.#stopping
    const started = rests && lease.tryHold() ? { turnId: ids.turn(), lease } : undefined
    const events: SessionEvent[] = [{ type: 'messageQueued', messageId, parts: stored, steer }]
    events.push(...taintEvents(view, handedIn(stored)))
    if (title !== '') events.push({ type: 'sessionRenamed', title })
    if (started) events.push({ type: 'turnStarted', turnId: started.turnId, messageIds: [messageId], model: view.summary.model })
    try {
      const also = (): void => {
        log.accept(messageId, sessionId)
        media.use(sessionId, messageId, files)
      }
      log.append(sessionId, events, { also })
    } catch (error) {
      lease.letGo()
      throw error
    }
    if (started) this.#run(sessionId, { kind: 'started', ...started })
    else this.#startNext(sessionId)
    return messageId
  }

  /** Stops the running turn; settles once its end is in the log. @returns whether one was running */
  async cancel(sessionId: SessionId): Promise<boolean> {
    this.#parts.log.summary(sessionId)
    const running = this.#running.get(sessionId)
    running?.abort('cancel')
    await running?.ended
    return running !== undefined
  }

  /** @throws OxbowError `turn.nothingToContinue` */
  continue(sessionId: SessionId): void {
    const { turn } = this.#parts.log.view(sessionId)
    if (!turn || !atRest(turn.state) || turn.state === 'completed' || this.#running.has(sessionId))
      throw new OxbowError(
        'CONFLICT',
        'turn.nothingToContinue',
        'the last turn of this session needs no continuing',
        'Send a message instead.',
      )
    this.#run(sessionId, { kind: 'continue' })
  }

  /** @throws OxbowError `message.notQueued` */
  unqueue(sessionId: SessionId, messageId: MessageId): void {
    const { log, media } = this.#parts
    if (!log.view(sessionId).queue.some((m) => m.id === messageId))
      throw new OxbowError(
        'NOT_FOUND',
        'message.notQueued',
        `${messageId} does not wait in this session`,
        'Its turn may have begun.',
      )
    log.append(sessionId, [{ type: 'messageRemoved', messageId }], { also: () => media.release(messageId) })
  }

  /** Sets right what a crash left open; before any door opens. */
  recover(): void {
    const { log, journal } = this.#parts
    for (const sessionId of log.openSessions()) {
      const plan = recovery(log.view(sessionId))
      journal.info({ sessionId, plan: plan.do }, 'recovering a session')
      if (plan.do === 'interrupt') log.append(sessionId, plan.events)
      else if (plan.do === 'resume') this.#run(sessionId, { kind: 'resume', turnId: plan.turnId, messageId: plan.messageId })
      else this.#startNext(sessionId)
    }
  }

  /** Ends all turns as interrupted (those that wait for a person stay open). */
  async stop(): Promise<void> {
    this.#stopping = true
    const running = [...this.#running.values()]
    for (const { abort } of running) abort('stop')
    await Promise.all(running.map(({ ended }) => ended))
    await this.#parts.boxes.closeAll()
    await this.#parts.writes.close()
  }

  /** Begins the turn of the oldest waiting message, unless one runs. */
  #startNext(sessionId: SessionId): void {
    if (this.#parts.log.view(sessionId).queue.length > 0) this.#run(sessionId, { kind: 'queued' })
  }

  #run(sessionId: SessionId, start: Start): void {
    if (this.#stopping || this.#running.has(sessionId)) return
    const controller = new AbortController()
    this.#parts.dreamer?.turnBegan()
    const ended = this.#turn(sessionId, start, controller.signal)
      .catch((error: unknown) => this.#parts.journal.error({ err: error, sessionId }, 'a turn could not be written to its end'))
      .finally(() => {
        this.#running.delete(sessionId)
        this.#parts.learner?.turnEnded(sessionId)
        this.#parts.dreamer?.turnEnded()
        this.#parts.boxes
          .sweep((id) => this.#running.has(id) || this.#parts.processes.has(id))
          .catch((error: unknown) => this.#parts.journal.error({ err: error }, 'a box could not be closed'))
        // After a failure the rest of the queue waits for a person: it would likely fail the same way.
        const { turn } = this.#parts.log.view(sessionId)
        if (turn?.state === 'completed' || turn?.state === 'cancelled') this.#startNext(sessionId)
      })
    this.#running.set(sessionId, { abort: (why) => controller.abort(why), ended })
  }

  async #turn(sessionId: SessionId, start: Start, signal: AbortSignal): Promise<void> {
    const { log, ids, slots, clock } = this.#parts
    const lease = start.kind === 'started' ? start.lease : new Lease(slots)
    const held = await lease.hold(signal)
    try {
      if (!held && signal.reason === ('stop' satisfies Abort)) return
      const begun = start.kind === 'started' || start.kind === 'resume'
      const turnId = begun ? start.turnId : ids.turn()
      if (!begun) {
        const { queue, summary } = log.view(sessionId)
        const next = start.kind === 'queued' ? queue.slice(0, 1) : []
        if (start.kind === 'queued' && next.length === 0) return
        log.append(sessionId, [{ type: 'turnStarted', turnId, messageIds: next.map((m) => m.id), model: summary.model }])
      }
      const resume = start.kind === 'resume' ? start.messageId : undefined
      const context = { ...this.#parts, toolbox: await this.#parts.toolbox(), sessionId, turnId, lease, signal }
      const how = await runTurn(context, clock, resume)
      if (how === 'aborted') this.#closeAborted(sessionId, turnId, signal.reason as Abort)
    } finally {
      lease.letGo()
    }
  }

  #closeAborted(sessionId: SessionId, turnId: TurnId, why: Abort): void {
    const { log } = this.#parts
    const view = log.view(sessionId)
    if (why === 'cancel') {
      log.append(sessionId, [...closeCalls(view, turnId, 'cancelled'), { type: 'turnCancelled', turnId }])
      return
    }
    const plan = recovery(view)
    if (plan.do === 'interrupt') log.append(sessionId, plan.events)
  }
}
