import { setImmediate as breathe } from 'node:timers/promises'
import { atomically, type Clock, type Db } from '../foundation/index.ts'
import type { Hash } from './merkle/hash.ts'
import { largestPower } from './merkle/proof.ts'
import type { Seal } from './sealed.ts'
import { dropSegment, provesItself, readSegment, writeSegment } from './segment.ts'
import type { AuditStore } from './store.ts'

/** Entries of one segment at most. */
const MOST_IN_SEGMENT = 8192

export interface SealingOptions {
  db: Db
  clock: Clock
  store: AuditStore
  key: string
  /** Writes into the record that entries were sealed, in the same transaction: verification demands it. */
  tell(seal: Seal): void
}

/**
 * Takes entries that are older than a moment out of the database, as far as a checkpoint covers them. Each segment is read
 * back and proven before its text leaves the database.
 */
export async function sealBefore({ db, clock, store, key, tell }: SealingOptions, before: string): Promise<Seal[]> {
  const { sealed } = store
  const made: Seal[] = []
  for (;;) {
    const from = sealed.size
    const end = Math.min(store.firstSince(before, from), from + MOST_IN_SEGMENT)
    const checkpoint = store.checkpointUpTo(end)
    if (!checkpoint || checkpoint.size <= from) return made
    const { size } = checkpoint
    const seal: Seal = { from, size, at: clock.iso(), file: `entries-${from}-${size - 1}.jsonl.gz` }
    const path = sealed.path(seal)
    writeSegment(path, { key, from, size, peaks: peaksAt(from, store.rootOf), texts: store.texts(from, size), checkpoint })
    const written = readSegment(path)
    if (!written || !provesItself(written)) {
      dropSegment(path)
      throw new Error(`the entries ${from} to ${size - 1} do not have the root that was signed: verify the record`)
    }
    atomically(db, () => {
      sealed.add(seal)
      tell(seal)
    })
    made.push(seal)
    await breathe()
  }
}

/** The roots of the complete subtrees that a size is the sum of, largest first. */
function peaksAt(size: number, rootOf: (start: number, end: number) => Hash): Hash[] {
  const peaks: Hash[] = []
  for (let start = 0; start < size; ) {
    const power = largestPower(size - start + 1)
    peaks.push(rootOf(start, start + power))
    start += power
  }
  return peaks
}
