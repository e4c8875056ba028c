import type { Audit } from '../../audit/index.ts'
import {
  type Delta,
  emptyView,
  type ListItem,
  type LoggedEvent,
  type Message,
  type SessionEvent,
  type SessionEventType,
  type SessionId,
  type SessionSummary,
  type SessionView,
  type WatchItem,
} from '../../contract/index.ts'
import { atomically, type Clock, type Db, durably, OxbowError } from '../../foundation/index.ts'
import { ListWatch } from './list-watch.ts'
import { LiveSession } from './live.ts'
import { recordEvents } from './recording.ts'
import { LogStore } from './store.ts'
import { watch } from './watch.ts'

/** Sessions kept in memory that nobody runs or watches. */
const MOST_IDLE = 8

/** These are on the disk before `append` returns: what follows them has effects, or was promised to a person. */
const FULL: ReadonlySet<SessionEventType> = new Set<SessionEventType>([
  'sessionCreated',
  'messageQueued',
  'turnStarted',
  'approvalAnswered',
  'turnCompleted',
  'turnFailed',
  'turnCancelled',
  'turnInterrupted',
])

/** After these the snapshot is written: the session rests, or its newest message is whole. */
const SETTLED: ReadonlySet<SessionEventType> = new Set<SessionEventType>([
  'messageCompleted',
  'turnCompleted',
  'turnFailed',
  'turnCancelled',
  'turnInterrupted',
])

export interface AppendOptions {
  /** On the disk before this returns, whatever the events. Before a tool with side effects starts. */
  durable?: boolean
  /** Runs in the same transaction. */
  also?: () => void
}

/** The only truth about sessions: append-only logs, their folds, and those who watch them. Single writer. */
export class SessionLog {
  readonly #db: Db
  readonly #clock: Clock
  readonly #audit: Audit | undefined
  readonly #store: LogStore
  readonly #live = new Map<SessionId, LiveSession>()
  readonly #list = new ListWatch(() => this.#store.list({ archived: false, limit: 500 }))

  /** @param audit told what happens, in the same transaction */
  constructor(db: Db, clock: Clock, audit?: Audit) {
    this.#db = db
    this.#clock = clock
    this.#audit = audit
    this.#store = new LogStore(db)
  }

  create(id: SessionId, event: Extract<SessionEvent, { type: 'sessionCreated' }>): SessionSummary {
    const live = LiveSession.create(emptyView(id))
    this.#evict()
    this.#live.set(id, live)
    const at = this.#clock.iso()
    this.#store.insertSession({ ...live.view.summary, createdAt: at, updatedAt: at })
    this.append(id, [event])
    return live.view.summary
  }

  /**
   * Appends events in one transaction, folds them, and wakes the watchers.
   * @throws OxbowError `session.notFound`
   */
  append(id: SessionId, given: readonly SessionEvent[], options: AppendOptions = {}): LoggedEvent[] {
    const live = this.#get(id)
    const at = this.#clock.iso()
    const before = live.view
    const held = live.held
    const events = [...held.events, ...given]
    const logged = events.map((event, index) => ({ seq: before.summary.seq + 1 + index, at, event }))
    const settled = events.some((event) => SETTLED.has(event.type))
    const write = (): void => {
      for (const event of logged) this.#store.insertEvent(id, event)
      live.fold(logged)
      if (this.#audit) recordEvents(this.#audit, id, logged, live.view)
      this.#store.updateSession(live.view.summary)
      if (settled) live.save(this.#store)
      for (const also of held.also) also()
      options.also?.()
    }
    try {
      if (options.durable || events.some((event) => FULL.has(event.type))) durably(this.#db, write)
      else atomically(this.#db, write)
    } catch (error) {
      live.rollback(before)
      throw error
    }
    live.letGo()
    if (settled) live.trim()
    live.publish(logged)
    this.#list.changed(live.view.summary)
    return logged
  }

  /**
   * Keeps events for the next append, so that what comes in one go is one write; it comes at the latest within a frame
   * of the screen. What cannot be written then stays held, and the next append throws.
   * @param also runs in the same transaction
   */
  hold(id: SessionId, events: readonly SessionEvent[], also?: () => void): void {
    if (events.length === 0 && !also) return
    this.#get(id).hold(events, also, () => {
      try {
        this.flush(id)
      } catch {}
    })
  }

  /** Writes what is held. */
  flush(id: SessionId): void {
    if (this.#get(id).held.events.length > 0) this.append(id, [])
  }

  /** The view with what is held folded in: for a turn, which must not wait until that is written. */
  ahead(id: SessionId): SessionView {
    return this.#get(id).ahead(this.#clock.iso())
  }

  /** Streams text to the watchers; durable only once an event says it. */
  delta(id: SessionId, delta: Delta): void {
    const live = this.#live.get(id)
    if (!live) return
    if (live.held.events.length > 0) this.flush(id)
    live.delta(delta)
  }

  /** What is written, with what is held written first. @throws OxbowError `session.notFound` */
  view(id: SessionId): SessionView {
    this.flush(id)
    return this.#get(id).view
  }

  has(id: SessionId): boolean {
    return this.#live.has(id) || this.#store.summary(id) !== undefined
  }

  summary(id: SessionId): SessionSummary {
    const summary = this.#live.get(id)?.view.summary ?? this.#store.summary(id)
    if (!summary) throw notFound(id)
    return summary
  }

  list(options: Parameters<LogStore['list']>[0]): SessionSummary[] {
    return this.#store.list(options)
  }

  /** Messages at places `from` to `to` of the conversation, the live ones included. */
  messages(id: SessionId, from: number, to: number): Message[] {
    const view = this.ahead(id)
    const stored = from < view.earlier ? this.#store.messages(id, from, Math.min(to, view.earlier)) : []
    const live = view.messages.slice(Math.max(0, from - view.earlier), Math.max(0, to - view.earlier))
    return [...stored, ...live]
  }

  events(id: SessionId, after: number, limit: number): LoggedEvent[] {
    this.summary(id)
    return this.#store.events(id, after, limit)
  }

  /** Follows one session: what is missing since `after` (or a snapshot), then what happens. Ends when `signal` aborts. */
  watch(id: SessionId, after: number | undefined, signal: AbortSignal): AsyncGenerator<WatchItem, void> {
    this.summary(id)
    return watch(() => this.#get(id), this.#store, after, signal)
  }

  watchList(signal: AbortSignal): AsyncGenerator<ListItem, void> {
    return this.#list.watch(signal)
  }

  /** Whether somebody has the list of sessions before them, as every window has, or follows this one. */
  isWatched(id: SessionId): boolean {
    return this.#list.watched || (this.#live.get(id)?.watchers.size ?? 0) > 0
  }

  openSessions(): SessionId[] {
    return this.#store.openSessions()
  }

  count(): number {
    return this.#store.count()
  }

  accept: LogStore['accept'] = (message, session) => this.#store.accept(message, session)
  acceptedBy: LogStore['acceptedBy'] = (message) => this.#store.acceptedBy(message)

  #get(id: SessionId): LiveSession {
    const known = this.#live.get(id)
    if (known) {
      this.#live.delete(id)
      this.#live.set(id, known)
      return known
    }
    const loaded = LiveSession.load(this.#store, id)
    if (!loaded) throw notFound(id)
    this.#evict()
    this.#live.set(id, loaded)
    return loaded
  }

  /** Forgets the least recently used sessions that rest unwatched; before another comes in, which must stay. */
  #evict(): void {
    if (this.#live.size < MOST_IDLE) return
    for (const [id, { view, watchers }] of this.#live) {
      if (this.#live.size < MOST_IDLE) return
      const busy = view.summary.status === 'running' || view.summary.status === 'waiting'
      if (!busy && watchers.size === 0) this.#live.delete(id)
    }
  }
}

const notFound = (id: SessionId): OxbowError =>
  new OxbowError('NOT_FOUND', 'session.notFound', `there is no session ${id}`, 'List them with `oxbow sessions`.')
