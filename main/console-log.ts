import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const MAX_BYTES = 1024 * 1024

/** What a sidecar printed, for the day it cannot start. Holds at most twice `maxBytes`: this file and the one before it. */
export interface ConsoleLog {
  readonly path: string
  append(chunk: Buffer | string): void
}

/** Opens the log, making its folder. A full disk or a missing right never stops the shell: the line is lost, Oxbow runs. */
export function openConsoleLog(path: string, maxBytes = MAX_BYTES): ConsoleLog {
  let size = 0
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {}
  return {
    path,
    append: (chunk) => {
      const bytes = Buffer.from(chunk).subarray(-maxBytes)
      try {
        if (size + bytes.length > maxBytes) {
          if (size > 0) renameSync(path, `${path}.1`)
          size = 0
        }
        appendFileSync(path, bytes, { mode: 0o600 })
        size += bytes.length
      } catch {}
    },
  }
}
