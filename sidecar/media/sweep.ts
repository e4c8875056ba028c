import { setImmediate as pause } from 'node:timers/promises'
import type { Clock } from '../foundation/index.ts'
import type { MediaFiles } from './files.ts'
import type { MediaStore } from './store.ts'

/** A file that no message names is kept this long, in milliseconds: a draft may name it. */
const KEPT_MS = 24 * 60 * 60 * 1000
/** Files removed between two breaths of the event loop. */
const STEP = 20
/** Files of the folder looked at in one sweep. */
const MOST_LOOKED_AT = 20_000

interface Sweep {
  files: MediaFiles
  rows: MediaStore
  clock: Clock
  /** Whether nothing is on its way in. */
  quiet(): boolean
  signal: AbortSignal
}

/** Removes files that no message names, and files without a row, which a crash left. @returns how many */
export async function sweep({ files, rows, clock, quiet, signal }: Sweep): Promise<number> {
  let removed = 0
  const before = new Date(Date.parse(clock.iso()) - KEPT_MS).toISOString()
  for (let step = rows.unused(before, STEP); step.length > 0 && !signal.aborted; step = rows.unused(before, STEP)) {
    for (const hash of step) {
      // In this order: a crash in between leaves a file without a row, never a row without its file.
      if (!rows.remove(hash)) continue
      files.remove(hash)
      removed++
    }
    await pause()
  }
  if (signal.aborted) return removed
  if (quiet()) await files.clearNew()
  let looked = 0
  for await (const hash of files.stored()) {
    if (signal.aborted || ++looked > MOST_LOOKED_AT) break
    if (rows.get(hash)) continue
    files.remove(hash)
    removed++
    if (looked % STEP === 0) await pause()
  }
  return removed
}
