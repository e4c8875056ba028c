import type { Hash } from '../merkle/hash.ts'
import type { Stretch } from '../merkle/lanes.ts'

/** What a thread is started with. */
export interface ThreadData {
  lanes: WebAssembly.Module
  /** The record to read. */
  record: { database: string; folder: string }
}

/** Entries to hash. */
export interface Job {
  /** The place of the first. */
  start: number
  /** Sizes of the tree at which its root is asked for, rising; the last one ends the job. */
  cuts: readonly number[]
}

/** What was found. Without `stretches`, something is not as it should be, and must be looked at with care. */
export interface Measured {
  /** At least one for each cut. */
  stretches?: Stretch[]
  /** Of a sealed segment that begins the job: what it was sealed with. */
  segment?: { peaks: readonly Hash[]; note: string }
}

export interface Question {
  id: number
  job: Job
}

export interface Answer extends Measured {
  id: number
}
