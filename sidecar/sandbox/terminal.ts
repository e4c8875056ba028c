import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ReadStream } from 'node:tty'
import { OxbowError } from '../foundation/index.ts'

/** What is used of node-pty: the pair of devices, and their size. */
interface Native {
  open(columns: number, rows: number): { master: number; slave: number; pty: string }
  resize(fd: number, columns: number, rows: number): void
}

/** How long a writer waits before it tries a full terminal again, in milliseconds. */
const FULL_MS = 10

/** A pair of terminal devices: a process gets the one, we hold the other. */
export interface Terminal {
  /** For the process. Closed with `started`. */
  readonly slave: number
  readonly output: Readable
  started(): void
  /** @throws OxbowError `process.ended` */
  write(data: string): Promise<void>
  resize(columns: number, rows: number): void
  close(): void
}

/** @throws OxbowError `terminal.unavailable` */
export async function openTerminal(size: { columns: number; rows: number }): Promise<Terminal> {
  const native = await loadNative()
  const { master, slave: shared, pty } = native.open(size.columns, size.rows)
  // Opened anew: the one from node-pty does not wait for input, which no program expects. It must not become our own terminal.
  const slave = openSync(pty, constants.O_RDWR | constants.O_NOCTTY)
  closeSync(shared)
  const output = new ReadStream(master)
  return {
    slave,
    output,
    started: () => closeSync(slave),
    async write(data) {
      let left = Buffer.from(data)
      while (left.length > 0) {
        // Checked without a pause before the write: a closed number may be another file's by then.
        if (output.destroyed || output.readableEnded) throw ended()
        const written = writeSome(master, left)
        left = left.subarray(written)
        if (left.length > 0 && written === 0) await sleep(FULL_MS)
      }
    },
    resize(columns, rows) {
      if (!output.destroyed) native.resize(master, columns, rows)
    },
    close: () => void output.destroy(),
  }
}

/** @returns bytes that were taken: none when the terminal is full, which never blocks us */
function writeSome(fd: number, data: Buffer): number {
  try {
    return writeSync(fd, data)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw ended()
  }
}

const ended = (): OxbowError => new OxbowError('CONFLICT', 'process.ended', 'The process does not read any more.')

let loaded: Promise<Native> | undefined

function loadNative(): Promise<Native> {
  loaded ??= import('node-pty').then(
    (module) => (module as unknown as { native: Native }).native,
    (error: unknown) => {
      loaded = undefined
      throw new OxbowError(
        'SERVICE_UNAVAILABLE',
        'terminal.unavailable',
        'Terminals are not available: the package node-pty could not be loaded.',
        'Install a C++ compiler, make and Python, then run npm install again.',
        error,
      )
    },
  )
  return loaded
}
