import { z } from 'zod'
import { ProcessId, SessionId } from './ids.ts'
import { Timestamp } from './values.ts'

/** Bounds of a terminal, in characters. */
export const TerminalSize = z.object({
  columns: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(500),
})
export type TerminalSize = z.infer<typeof TerminalSize>

/** A process that goes on in a session's box: one the agent started, or a person's own terminal. */
export const ProcessInfo = z.object({
  id: ProcessId,
  sessionId: SessionId,
  startedBy: z.enum(['agent', 'person']),
  /** What it runs, as it was given; for a person's terminal the shell. */
  command: z.string(),
  /** Its size, where it has a terminal. */
  terminal: TerminalSize.optional(),
  /** Whether a person types into what an agent started: the agent may then only read. */
  takenOver: z.boolean(),
  startedAt: Timestamp,
  /** Absent while it runs. */
  ended: z
    .object({ at: Timestamp, code: z.number().int().nullable(), signal: z.string().nullable(), killed: z.boolean() })
    .optional(),
  /** What is kept of its output, by characters since its start: from where to where. */
  kept: z.object({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() }),
})
export type ProcessInfo = z.infer<typeof ProcessInfo>

/**
 * What a watcher of a process is told: its state at first and when it changes, and its output. Output whose `offset` is
 * beyond the end of the last says that what was between is not kept any more.
 */
export const ProcessItem = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), process: ProcessInfo }),
  z.object({ type: z.literal('output'), offset: z.number().int().nonnegative(), text: z.string() }),
])
export type ProcessItem = z.infer<typeof ProcessItem>
