import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AuditCheckpoint } from '../contract/index.ts'
import { NEWLINE } from './lines.ts'

/**
 * A file beside the record that remembers each checkpoint. What is rolled back or written anew no longer agrees with it; the
 * further from this computer it lies, the more that says.
 */
export class Witness {
  readonly path: string
  /** Whether it was there from the first checkpoint on, so that a later beginning is a fault. */
  readonly fromStart: boolean

  constructor(path: string, fromStart: boolean) {
    this.path = path
    this.fromStart = fromStart
  }

  /** @throws where the folder cannot be written */
  remember(checkpoint: AuditCheckpoint): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    const file = openSync(this.path, 'a+', 0o600)
    try {
      // What a crash cut off must not swallow this one as well.
      writeSync(file, `${endsWithLine(file) ? '' : '\n'}${JSON.stringify(checkpoint)}\n`)
    } finally {
      closeSync(file)
    }
  }

  /** Undefined where its file is missing or cannot be read. */
  recall(): Recalled | undefined {
    try {
      return parseWitness(readFileSync(this.path, 'utf8'))
    } catch {
      return undefined
    }
  }
}

/** What a witness holds. */
export interface Recalled {
  checkpoints: AuditCheckpoint[]
  /** Lines that hold no checkpoint, from 1: a crash cut them, or somebody changed them. */
  unreadable: number[]
}

/** Reads a witness' file. A last line without its end is still being written, or was cut by a crash: it is left out. */
export function parseWitness(text: string): Recalled {
  const checkpoints: AuditCheckpoint[] = []
  const unreadable: number[] = []
  for (const [at, line] of text.split('\n').slice(0, -1).entries()) {
    if (line === '') continue
    const checkpoint = checkpointIn(line)
    if (checkpoint) checkpoints.push(checkpoint)
    else unreadable.push(at + 1)
  }
  return { checkpoints, unreadable }
}

function checkpointIn(line: string): AuditCheckpoint | undefined {
  try {
    const { size, root, at, note } = JSON.parse(line) as AuditCheckpoint
    const fits = typeof size === 'number' && [root, at, note].every((one) => typeof one === 'string')
    return fits ? { size, root, at, note } : undefined
  } catch {
    return undefined
  }
}

/** An empty file does. */
function endsWithLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE)
}
