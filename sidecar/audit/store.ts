import type { AuditCheckpoint, AuditEntry, AuditFilter } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'
import { NEWLINE } from './lines.ts'
import { Growth, peakCount } from './merkle/growth.ts'
import { fromBytes, type Hash, nodeHash, toBytes } from './merkle/hash.ts'
import { largestPower } from './merkle/proof.ts'
import { Sealed } from './sealed.ts'

/** Heights of stored subtree roots are multiples of this: 256 leaves, 65,536 leaves, … */
export const STRIDE = 8

interface CheckpointRow {
  size: number
  at: string
  note: string
}

/** The record's SQL, and nothing else. */
export class AuditStore {
  readonly #db: Db
  readonly #sql

  /** What was taken out of the database. */
  readonly sealed: Sealed

  /** @param folder of sealed segments */
  constructor(db: Db, folder: string) {
    this.#db = db
    this.sealed = new Sealed(db, folder)
    this.#sql = {
      insert: db.prepare('INSERT INTO audit_entries (position, leaf, entry) VALUES (?, ?, ?)'),
      node: db.prepare('INSERT OR REPLACE INTO audit_nodes (height, position, hash) VALUES (?, ?, ?)'),
      state: db.prepare('INSERT OR REPLACE INTO audit_state (id, size, peaks) VALUES (1, ?, ?)'),
      loadState: db.prepare<[], { size: number; peaks: Buffer }>('SELECT size, peaks FROM audit_state'),
      rows: db.prepare<[], number | null>('SELECT max(position) + 1 FROM audit_entries').pluck(),
      texts: db
        .prepare<[number, number], string>(
          'SELECT entry FROM audit_entries WHERE position >= ? AND position < ? ORDER BY position',
        )
        .pluck(),
      textsWith: db
        .prepare<[number, string], string>('SELECT entry FROM audit_entries WHERE position >= ? AND instr(entry, ?) > 0')
        .pluck(),
      positions: db
        .prepare<[number, number], number>(
          'SELECT position FROM audit_entries WHERE position >= ? AND position < ? ORDER BY position',
        )
        .pluck(),
      leaves: db
        .prepare<[number, number], Buffer>(
          'SELECT leaf FROM audit_entries WHERE position >= ? AND position < ? ORDER BY position',
        )
        .pluck(),
      joinedTexts: db.prepare<[number, number], { count: number; joined: Buffer | null }>(
        `SELECT count(entry) AS count, CAST(group_concat(entry, char(10)) AS BLOB) AS joined FROM (
           SELECT entry FROM audit_entries WHERE position >= ? AND position < ? ORDER BY position)`,
      ),
      joinedLeaves: db.prepare<[number, number], { count: number; joined: Buffer | null }>(
        `SELECT sum(length(leaf) = 32) AS count, CAST(group_concat(leaf, '') AS BLOB) AS joined FROM (
           SELECT leaf FROM audit_entries WHERE position >= ? AND position < ? ORDER BY position)`,
      ),
      nodes: db
        .prepare<[number, number, number], Buffer>(
          'SELECT hash FROM audit_nodes WHERE height = ? AND position >= ? AND position < ? ORDER BY position',
        )
        .pluck(),
      addCheckpoint: db.prepare('INSERT OR IGNORE INTO audit_checkpoints (size, at, note) VALUES (@size, @at, @note)'),
      checkpoints: db.prepare<[number, number], CheckpointRow>(
        'SELECT size, at, note FROM audit_checkpoints WHERE size > ? ORDER BY size LIMIT ?',
      ),
      latest: db.prepare<[], CheckpointRow>('SELECT size, at, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1'),
      upTo: db.prepare<[number], CheckpointRow>(
        'SELECT size, at, note FROM audit_checkpoints WHERE size <= ? ORDER BY size DESC LIMIT 1',
      ),
      firstSince: db
        .prepare<[number, string], number>(
          'SELECT position FROM audit_entries WHERE position >= ? AND at >= ? ORDER BY position LIMIT 1',
        )
        .pluck(),
      covering: db.prepare<[number], CheckpointRow>(
        'SELECT size, at, note FROM audit_checkpoints WHERE size > ? ORDER BY size LIMIT 1',
      ),
    }
  }

  /** Where it lies, for a thread that reads it with a connection of its own. */
  get place(): { database: string; folder: string } {
    return { database: this.#db.name, folder: this.sealed.folder }
  }

  insert(position: number, leaf: Hash, entry: string): void {
    this.#sql.insert.run(position, toBytes(leaf), entry)
  }

  putNode(height: number, position: number, hash: Hash): void {
    this.#sql.node.run(height, position, toBytes(hash))
  }

  saveState({ size, peaks }: Growth): void {
    this.#sql.state.run(size, toBytes(peaks.join('')))
  }

  /** The tree as it was left; undefined where its state is missing or cannot be one. */
  loadState(): Growth | undefined {
    const row = this.#sql.loadState.get()
    if (!row || row.peaks.length !== peakCount(row.size) * 32) return undefined
    return new Growth(
      row.size,
      Array.from({ length: row.peaks.length / 32 }, (_, at) => fromBytes(row.peaks.subarray(at * 32, at * 32 + 32))),
    )
  }

  /** One more than the last entry's place. */
  rows(): number {
    return this.#sql.rows.get() ?? 0
  }

  /**
   * Entries from `start` to `end` (exclusive); where some are missing, the list is shorter.
   * @throws OxbowError `audit.sealed` where they lie in a segment that cannot be read
   */
  texts(start: number, end: number): string[] {
    const seal = this.sealed.over(start)
    if (!seal) return this.#sql.texts.all(start, end)
    const stop = Math.min(end, seal.size)
    return [...this.sealed.texts(seal, start, stop), ...(stop < end ? this.texts(stop, end) : [])]
  }

  /** Those that hold some words and are not sealed. */
  textsWith(words: string): string[] {
    return this.#sql.textsWith.all(this.sealed.size, words)
  }

  /** The first entry from a place on that is not older than a moment; else the end. */
  firstSince(moment: string, start: number): number {
    return this.#sql.firstSince.get(start, moment) ?? this.rows()
  }

  positions(start: number, end: number): number[] {
    return this.#sql.positions.all(start, end)
  }

  leaves(start: number, end: number): Hash[] {
    return this.#sql.leaves.all(start, end).map(fromBytes)
  }

  /**
   * Those of many entries, one behind the other: read in a third of the time.
   * @returns undefined where not each entry has one: two hashes in one row are as long as one in each of two
   */
  joinedLeaves(start: number, end: number): Buffer | undefined {
    const { count, joined } = this.#sql.joinedLeaves.get(start, end)!
    return joined !== null && count === end - start ? joined : undefined
  }

  /**
   * The texts of many entries that are not sealed, as lines.
   * @returns undefined where not each entry has one, or the last one holds a line's end: two lines in one row are no two entries
   */
  joinedTexts(start: number, end: number): Buffer | undefined {
    const { count, joined } = this.#sql.joinedTexts.get(start, end)!
    return joined !== null && count === end - start && joined.at(-1) !== NEWLINE ? joined : undefined
  }

  nodes(height: number, start: number, end: number): Hash[] {
    return this.#sql.nodes.all(height, start, end).map(fromBytes)
  }

  entry(position: number): AuditEntry | undefined {
    const [text] = position < this.rows() ? this.texts(position, position + 1) : []
    return text === undefined ? undefined : (JSON.parse(text) as AuditEntry)
  }

  /** Entries that pass a filter, from one end of the range `start` to `end` (exclusive). */
  list(filter: AuditFilter, range: { start: number; end: number }, order: 'ASC' | 'DESC', limit: number): AuditEntry[] {
    const conditions = ['position >= @start', 'position < @end']
    // What is sealed is not searched: its text is not here.
    const start = Math.max(range.start, this.sealed.size)
    for (const key of ['kind', 'session', 'agent', 'tool', 'decision'] as const)
      if (filter[key] !== undefined) conditions.push(`${key} = @${key}`)
    if (filter.since !== undefined) conditions.push('at >= @since')
    if (filter.until !== undefined) conditions.push('at <= @until')
    const sql = `SELECT entry FROM audit_entries WHERE ${conditions.join(' AND ')} ORDER BY position ${order} LIMIT @limit`
    const values = Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, normal(key, value)]))
    const texts = this.#db
      .prepare<[object], string>(sql)
      .pluck()
      .all({ ...values, ...range, start, limit })
    return texts.map((text) => JSON.parse(text) as AuditEntry)
  }

  /** One that is there already stays: it may be all that tells of an earlier record. */
  addCheckpoint(checkpoint: AuditCheckpoint): void {
    this.#sql.addCheckpoint.run(checkpoint)
  }

  checkpoints(after: number, limit: number): AuditCheckpoint[] {
    return this.#sql.checkpoints.all(after, limit).map(withRoot)
  }

  latestCheckpoint(): AuditCheckpoint | undefined {
    const row = this.#sql.latest.get()
    return row && withRoot(row)
  }

  /** The last checkpoint that covers nothing from a place on. */
  checkpointUpTo(size: number): AuditCheckpoint | undefined {
    const row = this.#sql.upTo.get(size)
    return row && withRoot(row)
  }

  /** The first checkpoint that an entry is under. */
  checkpointOver(position: number): AuditCheckpoint | undefined {
    const row = this.#sql.covering.get(position)
    return row && withRoot(row)
  }

  /** The root over leaves `start` to `end`, by stored subtree roots: some hundred hashes are read, whatever the size. */
  rootOf = (start: number, end: number): Hash => {
    const size = end - start
    const power = largestPower(size + 1)
    if (power !== size) return nodeHash(this.rootOf(start, start + power), this.rootOf(start + power, end))
    const level = Math.floor(Math.log2(size) / STRIDE)
    const unit = 2 ** (level * STRIDE)
    const roots = level === 0 ? this.leaves(start, end) : this.nodes(level, start / unit, end / unit)
    return rootOver(roots)
  }
}

function rootOver(hashes: readonly Hash[]): Hash {
  const growth = new Growth()
  for (const hash of hashes) growth.append(hash)
  return growth.root()
}

/** Moments compare as text only in one form. */
const normal = (key: string, value: string | undefined): string | undefined =>
  value !== undefined && (key === 'since' || key === 'until') ? new Date(value).toISOString() : value

/** The root stands in the note: it is not kept twice. */
const withRoot = ({ size, at, note }: CheckpointRow): AuditCheckpoint => ({ size, root: note.split('\n')[2] ?? '', at, note })
