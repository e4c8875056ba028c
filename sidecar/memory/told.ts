import type { DreamChangeKind } from '../contract/index.ts'

/** What Oxbow changed in memory by itself. */
export interface MemoryChange {
  /** What became of it. `learned`: it was not known before. */
  what: 'learned' | DreamChangeKind
  by: 'learning' | 'dream'
  /** What is there now, then what it came of or went into. */
  ids: readonly string[]
  space: string
  /** What it says now; absent where it is gone. */
  text?: string | undefined
  session?: string | undefined
  dream?: string | undefined
}

/** Told of each change, in the transaction that makes it. */
export type Told = (change: MemoryChange) => void
