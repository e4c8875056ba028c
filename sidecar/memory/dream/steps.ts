import type { NewChange, Progress } from './dream-log.ts'
import type { DreamHelper } from './parts.ts'

/** What the phases write through: everything that they do is one transaction with how far they have come. */
export interface Steps {
  readonly progress: Progress
  readonly helper: DreamHelper | undefined
  /** Aborted where the dream shall pause: whoever waits for a model waits no longer. */
  readonly signal: AbortSignal
  /** Whether to stop here for now. */
  enough(): boolean
  /** One change of memories, with its place in the report. */
  change(work: () => NewChange | undefined): boolean
  /** The phase has come to this place. Also lets others work. */
  reached(place: number): Promise<void>
}
