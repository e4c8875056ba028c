import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AuditCheckpoint } from '../contract/index.ts'

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
    appendFileSync(this.path, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 })
  }

  /** Undefined where its file is missing, cannot be read or holds something else. */
  recall(): AuditCheckpoint[] | undefined {
    try {
      return parseWitness(readFileSync(this.path, 'utf8'))
    } catch {
      return undefined
    }
  }
}

/** The checkpoints in a witness' file. A last line without its end was cut by a crash, and is left out. */
export function parseWitness(text: string): AuditCheckpoint[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { size, root, at, note } = JSON.parse(line) as AuditCheckpoint
      return { size, root, at, note }
    })
}
