import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { AuditEntry } from '../contract/index.ts'
import { atomically, type Db, ifUndone } from '../foundation/index.ts'
import { Scrubber } from './scrub.ts'
import type { Audit } from './writer.ts'

export interface WatchedFileOptions {
  db: Db
  audit: Audit
  path: string
  /** What a change of it is in the record. */
  kind: AuditEntry['kind']
  /** Secrets of this computer by value; no digest is of them. */
  known(): readonly string[]
}

/** What stands for a file that is not there. */
const NONE = ''

/** A file of the person's that anybody may edit: what the running Oxbow did not write itself is recorded when it is seen. */
export class WatchedFile {
  readonly #options: WatchedFileOptions
  readonly #name: string
  /** What it held when it was last written or recorded; undefined: not looked up yet. */
  #digest: string | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: WatchedFileOptions) {
    this.#options = options
    this.#name = basename(options.path)
  }

  /** Looks at the file as it is. @throws where it, or the database, cannot be read or written */
  look(): void {
    this.found(this.#read())
  }

  /** Somebody read it. @param text undefined where there is no such file */
  found(text: string | undefined): void {
    const digest = digestOf(text)
    if (digest === this.#known()) return
    const { db, audit, path: file, kind, known } = this.#options
    const clean = text === undefined ? undefined : hash('sha256', new Scrubber(known()).text(text), 'hex')
    // Both or none: what is remembered is not recorded again.
    atomically(db, () => {
      this.#remember(digest)
      audit.record({
        kind,
        actor: 'outsider',
        title: `${this.#name} was ${clean ? 'changed' : 'removed'} outside of the running Oxbow`,
        outcome: clean ? 'changed' : 'removed',
        data: { file, ...(clean && { sha256: clean }) },
      })
      audit.flush()
    })
  }

  /**
   * Lets Oxbow itself change the file, one change after the other: none is made to a text that another replaces. What somebody else wrote
   * before is recorded first, and what is written now has an entry of its own.
   */
  own<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(async () => {
      this.look()
      const changed = await change()
      this.wrote(this.#read())
      return changed
    })
    this.#writing = done.catch(() => {})
    return done
  }

  /** Oxbow itself wrote it. */
  wrote(text: string | undefined): void {
    const digest = digestOf(text)
    if (digest !== this.#known()) atomically(this.#options.db, () => this.#remember(digest))
  }

  #known(): string {
    this.#digest ??=
      this.#options.db.prepare<[string], { digest: string }>('SELECT digest FROM watched_files WHERE name = ?').get(this.#name)
        ?.digest ?? NONE
    return this.#digest
  }

  #remember(digest: string): void {
    const { db } = this.#options
    db.prepare('INSERT INTO watched_files VALUES (?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest').run(
      this.#name,
      digest,
    )
    this.#digest = digest
    ifUndone(db, () => {
      this.#digest = undefined
    })
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#options.path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
}

const digestOf = (text: string | undefined): string => (text === undefined ? NONE : hash('sha256', text, 'hex'))
