import {
  applyDelta,
  applyEvent,
  type Delta,
  type LoggedEvent,
  type Message,
  PAGE,
  type SessionEvent,
  type SessionId,
  type SessionView,
} from '../../contract/index.ts'
import type { LogStore } from './store.ts'
import type { Watcher } from './watcher.ts'

/** Newest events kept for watchers that are nearly there; the others read them from the database. */
const MOST_RECENT = 16
const NOTHING = { events: [], also: [] }
/** What is held is written at the latest after so long, in milliseconds: before a screen has drawn another frame. */
const HELD_MS = 10
/** Events read at once when a tail is folded. */
const TAIL_PAGE = 500

/** A session in memory: its fold over a window of messages, and who watches it. */
export class LiveSession {
  view: SessionView
  readonly watchers = new Set<Watcher>()
  /** Waits for the next append, and what runs with it. */
  held: { events: readonly SessionEvent[]; also: readonly (() => void)[] } = NOTHING
  /** What was last folded ahead: of which view, and how many of the held events. */
  #ahead: { of: SessionView; count: number; view: SessionView } | undefined
  #saved: readonly Message[]
  #soon: NodeJS.Timeout | undefined
  #recent: LoggedEvent[] = []

  private constructor(view: SessionView) {
    this.view = view
    this.#saved = view.messages
  }

  /** Snapshot plus the tail of the log; undefined when there is no such session. */
  static load(store: LogStore, id: SessionId): LiveSession | undefined {
    const snapshot = store.loadSnapshot(id, PAGE)
    if (!snapshot) return undefined
    const live = new LiveSession(snapshot)
    for (;;) {
      const tail = store.events(id, live.view.summary.seq, TAIL_PAGE)
      for (const event of tail) live.view = applyEvent(live.view, event)
      if (tail.length < TAIL_PAGE) return live
    }
  }

  static create(view: SessionView): LiveSession {
    return new LiveSession(view)
  }

  /** @param flush called a little later, unless something was appended before */
  hold(events: readonly SessionEvent[], also: (() => void) | undefined, flush: () => void): void {
    this.held = { events: [...this.held.events, ...events], also: also ? [...this.held.also, also] : this.held.also }
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      flush()
    }, HELD_MS)
  }

  /** The view with what is held folded in, as if it were written `at` this time. */
  ahead(at: string): SessionView {
    const { events } = this.held
    if (events.length === 0) return this.view
    const known = this.#ahead?.of === this.view && this.#ahead.count <= events.length ? this.#ahead : undefined
    let view = known?.view ?? this.view
    for (const event of events.slice(known?.count ?? 0)) view = applyEvent(view, { seq: view.summary.seq + 1, at, event })
    this.#ahead = { of: this.view, count: events.length, view }
    return view
  }

  /** What was held is written. */
  letGo(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
    this.#ahead = undefined
    this.held = NOTHING
  }

  fold(events: readonly LoggedEvent[]): void {
    for (const event of events) this.view = applyEvent(this.view, event)
  }

  delta(delta: Delta): void {
    this.view = applyDelta(this.view, delta)
    for (const watcher of this.watchers) watcher.push(delta)
  }

  /** Shows committed events to those who watch. */
  publish(events: readonly LoggedEvent[]): void {
    this.#recent.push(...events)
    if (this.#recent.length > 2 * MOST_RECENT) this.#recent = this.#recent.slice(-MOST_RECENT)
    for (const watcher of this.watchers) watcher.wake()
  }

  /** Every event after `seq`, where they are all still at hand; undefined where the database must be asked. */
  since(seq: number): LoggedEvent[] | undefined {
    const oldest = this.#recent[0]?.seq
    return oldest !== undefined && oldest <= seq + 1 ? this.#recent.slice(seq + 1 - oldest) : undefined
  }

  /** Writes the messages that changed since the last snapshot, and the snapshot; call it inside a transaction. */
  save(store: LogStore): void {
    const { view } = this
    const known = new Set(this.#saved)
    view.messages.forEach((message, index) => {
      if (!known.has(message)) store.putMessage(view.summary.id, view.earlier + index, message)
    })
    store.saveSnapshot(view)
    this.#saved = view.messages
  }

  /** After a transaction that failed: the view from before it; what `save` believed written counts as unwritten. */
  rollback(view: SessionView): void {
    this.view = view
    this.#saved = []
  }

  /** Lets go of messages beyond the window; only right after `save`. */
  trim(): void {
    const surplus = this.view.messages.length - PAGE
    if (surplus < PAGE) return
    this.view = { ...this.view, earlier: this.view.earlier + surplus, messages: this.view.messages.slice(surplus) }
    this.#saved = this.view.messages
  }
}
