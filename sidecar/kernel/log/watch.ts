import { setTimeout as delay, setImmediate as rest } from 'node:timers/promises'
import type { WatchItem } from '../../contract/index.ts'
import type { LiveSession } from './live.ts'
import type { LogStore } from './store.ts'
import { Watcher } from './watcher.ts'

/** A watcher this many events behind starts from a snapshot instead. */
const FAR_BEHIND = 2000
const EVENT_PAGE = 200
/** Least time between two items that carry only deltas, in milliseconds: half a frame. */
const PACE_MS = 8

/**
 * Follows a live session. Durable events come from the database at the reader's own pace, so a slow reader costs no
 * memory and loses none. An aborted signal ends it.
 */
export async function* watch(
  open: () => LiveSession,
  store: LogStore,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchItem, void> {
  // Opened and watched in one go: a session without a watcher may be let go at any time.
  const live = open()
  const id = live.view.summary.id
  const watcher = new Watcher(after ?? -1)
  live.watchers.add(watcher)
  try {
    while (!signal.aborted) {
      const head = live.view.summary.seq
      const behind = head - watcher.cursor
      if (watcher.cursor < 0 || behind < 0 || behind > FAR_BEHIND) {
        watcher.take()
        watcher.cursor = head
        yield { type: 'snapshot', view: live.view }
        continue
      }
      if (behind === 0 && !watcher.hasDeltas) {
        await watcher.sleep(signal)
        // What is appended in one go is told in one go, and the turn goes first.
        await rest()
        continue
      }
      const events = behind > 0 ? (live.since(watcher.cursor) ?? store.events(id, watcher.cursor, EVENT_PAGE)) : []
      watcher.cursor = events.at(-1)?.seq ?? watcher.cursor
      // Deltas belong to what stands in the log up to its head: they wait until the reader is there.
      const deltas = watcher.cursor === head ? watcher.take() : []
      yield { type: 'events', events, deltas }
      if (events.length === 0) await delay(PACE_MS, undefined, { ref: false })
    }
  } finally {
    live.watchers.delete(watcher)
  }
}
