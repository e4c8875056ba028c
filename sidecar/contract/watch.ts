import { z } from 'zod'
import { Delta, LoggedEvent } from './events.ts'
import { atRest } from './rest.ts'
import { SessionSummary, SessionView } from './view.ts'

/**
 * What a watcher is told. First a snapshot, or, where it named a place in the log, what it lacks;
 * then events (durable, in order) and deltas. A snapshot later on means: you fell behind, start from this.
 */
export const WatchItem = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), view: SessionView }),
  z.object({ type: z.literal('events'), events: z.array(LoggedEvent), deltas: z.array(Delta) }),
])
export type WatchItem = z.infer<typeof WatchItem>

/** A change of the session list: all rows at first, then the rows that changed. */
export const ListItem = z.object({ reset: z.boolean(), sessions: z.array(SessionSummary) })
export type ListItem = z.infer<typeof ListItem>

/**
 * The place in the log from which a view can be gone on with after its line broke; undefined where it needs a snapshot.
 * While a turn runs, a view may hold streamed text that a sidecar which died since never wrote down.
 */
export function resumeFrom(view: SessionView | null | undefined): number | undefined {
  if (!view || (view.turn && !atRest(view.turn.state))) return undefined
  return view.summary.seq
}
