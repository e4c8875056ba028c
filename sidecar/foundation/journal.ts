import { existsSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import type { Log } from './log.ts'

/** A log file this large, in bytes, is put aside at the next start; one older file is kept. */
const MOST_BYTES = 8 * 1024 * 1024

/** What Oxbow notes of itself. */
export interface Journal extends Log {
  /** Writes what waits, now. */
  flush(): void
}

/** Opens `oxbow.log` in the home's log folder: JSON lines, secrets by name left out. */
export function openJournal(folder: string, level: string): Journal {
  const file = join(folder, 'oxbow.log')
  if (existsSync(file) && statSync(file).size > MOST_BYTES) renameSync(file, `${file}.1`)
  // Opened here and now: what opens later cannot be flushed by a process that ends at once.
  const destination = pino.destination({ dest: openSync(file, 'a', 0o600), sync: false })
  const redact = ['apiKey', 'token', 'authorization', '*.apiKey', '*.token', '*.authorization']
  const journal = pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, redact }, destination)
  return {
    debug: (fields, message) => journal.debug(fields, message),
    info: (fields, message) => journal.info(fields, message),
    warn: (fields, message) => journal.warn(fields, message),
    error: (fields, message) => journal.error(fields, message),
    flush: () => {
      try {
        destination.flushSync()
      } catch {
        // nothing was written yet
      }
    },
  }
}
