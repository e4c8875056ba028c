import { join } from 'node:path'
import type { Db } from '../foundation/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { readSegment, type Segment } from './segment.ts'

/** Entries whose text lies in a file; their hashes stay in the database. */
export interface Seal {
  from: number
  size: number
  at: string
  /** Its name in the folder of segments. */
  file: string
}

/** The part of the record that was sealed: always its beginning, in segments without a gap. */
export class Sealed {
  readonly folder: string
  readonly #sql
  #last: { file: string; segment: Segment } | undefined

  constructor(db: Db, folder: string) {
    this.folder = folder
    this.#sql = {
      size: db.prepare<[], number | null>('SELECT max(size) FROM audit_seals').pluck(),
      all: db.prepare<[], Seal>('SELECT first AS "from", size, at, file FROM audit_seals ORDER BY first'),
      over: db.prepare<[number], Seal>(
        'SELECT first AS "from", size, at, file FROM audit_seals WHERE first <= ? ORDER BY first DESC LIMIT 1',
      ),
      add: db.prepare('INSERT INTO audit_seals (first, size, at, file) VALUES (@from, @size, @at, @file)'),
      empty: db.prepare<[number, number]>("UPDATE audit_entries SET entry = '{}' WHERE position >= ? AND position < ?"),
    }
  }

  /** How many entries are sealed. */
  get size(): number {
    return this.#sql.size.get() ?? 0
  }

  list(): Seal[] {
    return this.#sql.all.all()
  }

  /** In a transaction of the caller's: the text goes, its hash stays. */
  add(seal: Seal): void {
    this.#sql.add.run(seal)
    this.#sql.empty.run(seal.from, seal.size)
  }

  path({ file }: Pick<Seal, 'file'>): string {
    return join(this.folder, file)
  }

  /** The seal that an entry is under. */
  over(position: number): Seal | undefined {
    const seal = this.#sql.over.get(position)
    return seal && position < seal.size ? seal : undefined
  }

  /** @returns undefined where its file is not there. @throws Error where it is damaged */
  open(seal: Seal): Segment | undefined {
    if (this.#last?.file === seal.file) return this.#last.segment
    const segment = readSegment(this.path(seal))
    if (segment && (segment.from !== seal.from || segment.size !== seal.size)) throw new Error('it is another segment')
    if (segment) this.#last = { file: seal.file, segment }
    return segment
  }

  /** Lets go of what was read last. */
  forget(): void {
    this.#last = undefined
  }

  /** Entries `start` to `end`, both within the seal. @throws OxbowError `audit.sealed` */
  texts(seal: Seal, start: number, end: number): string[] {
    let segment: Segment | undefined
    try {
      segment = this.open(seal)
    } catch (error) {
      throw away(seal, this.path(seal), `cannot be read (${(error as Error).message})`)
    }
    if (!segment) throw away(seal, this.path(seal), 'is not there')
    return segment.texts.slice(start - seal.from, end - seal.from)
  }
}

const away = ({ from, size }: Seal, path: string, why: string): OxbowError =>
  new OxbowError(
    'NOT_FOUND',
    'audit.sealed',
    `the entries ${from} to ${size - 1} were sealed, and their file ${path} ${why}`,
    'Put the file back where it was.',
  )
