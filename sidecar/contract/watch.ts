import { z } from 'zod'
import { Delta, LoggedEvent } from './events.ts'
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
