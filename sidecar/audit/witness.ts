import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AuditCheckpoint } from '../contract/index.ts'

/**
 * A file beside the record that remembers each checkpoint. What is rolled back or written anew no longer agrees with it; the
 * further from this computer it lies, the more that says.
 */
export class Witness {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** @throws where the folder cannot be written */
  remember(checkpoint: AuditCheckpoint): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    appendFileSync(this.path, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 })
  }

  /** Empty where nothing was remembered yet. @throws SyntaxError where the file holds something else */
  recall(): AuditCheckpoint[] {
    try {
      return parseWitness(readFileSync(this.path, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
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
