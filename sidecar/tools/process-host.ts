import type { ProcessId, ProcessInfo, SessionId } from '../contract/index.ts'
import type { Box } from '../sandbox/index.ts'

/** Output of a process from a place on. */
export interface ProcessPage {
  text: string
  /** Where the text begins, in characters since the start of the process: later than asked for where that is not kept. */
  from: number
  /** Where the whole output is kept, `spool:<name>`. */
  spool?: string | undefined
  /** Whether the process has brought in something from beyond this computer. */
  untrusted: boolean
}

/** The processes an agent has going in its session's box. Ids of other sessions, and a person's terminals, are unknown here. */
export interface ProcessHost {
  /** @throws OxbowError `process.tooMany`, `sandbox.*` */
  start(sessionId: SessionId, box: Box, options: { command: string; terminal: boolean }): Promise<ProcessInfo>
  list(sessionId: SessionId): ProcessInfo[]
  /** At most `most` characters from a place on. @throws OxbowError `process.notFound` */
  read(sessionId: SessionId, id: ProcessId, from: number, most: number): ProcessPage
  /** Where the next read begins unless it names a place. */
  place(sessionId: SessionId, id: ProcessId): number
  setPlace(sessionId: SessionId, id: ProcessId, place: number): void
  /** Settles when there is output behind `from`, when the process has ended, or after `ms`. */
  settle(sessionId: SessionId, id: ProcessId, from: number, ms: number, signal: AbortSignal): Promise<void>
  /** @throws OxbowError `process.notFound`, `process.ended`, `process.takenOver`, `process.full` */
  write(sessionId: SessionId, id: ProcessId, data: string): Promise<void>
  /** Whether the beginning of a line was typed, and not yet its end. */
  isTyping(sessionId: SessionId, id: ProcessId): boolean
  kill(sessionId: SessionId, id: ProcessId): Promise<ProcessInfo>
}
