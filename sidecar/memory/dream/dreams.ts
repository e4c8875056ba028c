import type { Dream, DreamCause, DreamChange, DreamId, Memory, MemoryId, UndoDream } from '../../contract/index.ts'
import { type Ids, type Log, OxbowError } from '../../foundation/index.ts'
import { mergedText } from '../learn/merge.ts'
import { textOf } from '../packed.ts'
import type { Row } from '../row.ts'
import { ANYBODY, type Shelves, shelfOf } from '../shelf.ts'
import type { StoreOptions } from '../store-options.ts'
import type { Told } from '../told.ts'
import { Absorber } from './absorb.ts'
import { madeOf, topDigests } from './digest-tree.ts'
import { Dreaming } from './dream.ts'
import { DreamLog } from './dream-log.ts'
import { Moves } from './moves.ts'
import { isNote } from './notes.ts'
import type { DreamHelper, DreamParts } from './parts.ts'
import { Undo } from './undo.ts'

/** A dream works no longer than this at a time. */
const MOST_MS = 30 * 60_000

export interface DreamsParts
  extends Omit<DreamParts, 'log' | 'moves' | 'absorber' | 'clock' | 'shelves' | 'questions'>,
    Pick<StoreOptions, 'shelves' | 'words' | 'onChange' | 'clock' | 'questions'> {
  ids: Ids
  journal: Log
  changed?: Told | undefined
}

/** Dreams: one at a time, their reports, and taking back what they changed. */
export class Dreams {
  readonly #log: DreamLog
  readonly #dreaming: Dreaming
  readonly #undo: Undo
  readonly #moves: Moves
  readonly #absorber: Absorber
  #running: { id: DreamId; ended: Promise<Dream>; stop: AbortController } | undefined
  readonly #shelves: Shelves
  readonly #together: DreamParts['together']
  readonly #db: DreamsParts['db']
  readonly #store: DreamsParts['store']
  #undoing = false

  constructor(parts: DreamsParts) {
    const { db, clock, ids, store, together } = parts
    this.#log = new DreamLog(db, clock, ids, parts.changed)
    this.#shelves = parts.shelves
    this.#together = together
    this.#db = db
    this.#store = store
    this.#moves = new Moves(parts)
    this.#absorber = new Absorber({ db, moves: this.#moves, now: () => clock.iso(), newId: () => ids.memory() })
    this.#dreaming = new Dreaming({ ...parts, log: this.#log, moves: this.#moves, absorber: this.#absorber })
    const forget = async (memories: readonly string[]): Promise<void> => {
      await store.forget({ ids: [...memories] as MemoryId[], dryRun: false })
    }
    this.#undo = new Undo({ db, log: this.#log, moves: this.#moves, together, forget })
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  /** Whether one was interrupted, and waits to go on. */
  get unfinished(): boolean {
    return this.#log.unfinished() !== undefined
  }

  /**
   * Begins a dream, goes on with the one that was interrupted, or names the one that runs.
   * @returns as it is now, and how it ends @throws OxbowError `memory.undoing`
   */
  start(options: { cause: DreamCause; helper?: DreamHelper | undefined; mostMs?: number | undefined }): {
    dream: Dream
    ended: Promise<Dream>
  } {
    if (this.#undoing) throw busy('memory.undoing', 'a dream is being taken back', 'Dream again in a moment.')
    if (!this.#running) {
      const stop = new AbortController()
      const { id, ended } = this.#dreaming.start({ ...options, mostMs: options.mostMs ?? MOST_MS, signal: stop.signal })
      this.#running = { id, ended: ended.finally(() => this.#ended()), stop }
    }
    return { dream: this.#log.get(this.#running.id), ended: this.#running.ended }
  }

  #ended(): void {
    this.#running = undefined
  }

  /** Pauses the one that runs. */
  async pause(): Promise<void> {
    this.#running?.stop.abort()
    await this.#running?.ended.catch(() => undefined)
  }

  /** Newest first. */
  list(limit: number): Dream[] {
    return this.#log.list(limit)
  }

  /** @throws OxbowError `memory.noDream` */
  report(id: DreamId, after: number, limit: number): { dream: Dream; changes: DreamChange[]; next?: number } {
    const dream = this.#log.get(id)
    const changes = this.#log.changes(id, after, limit)
    const last = changes.at(-1)
    return { dream, changes, ...(changes.length === limit && last && { next: last.seq }) }
  }

  /** @throws OxbowError `memory.noDream`, `memory.dreaming` */
  async undo(input: UndoDream): Promise<{ undone: number; kept: number }> {
    if (this.#running || this.#undoing)
      throw busy('memory.dreaming', 'memory is being put in order', 'Wait until it ends; `oxbow memory dreams` tells.')
    this.#undoing = true
    try {
      return await this.#undo.run(input)
    } finally {
      this.#undoing = false
    }
  }

  /**
   * What memories would become together. @returns the one that stays, and the text
   * @throws OxbowError `memory.notFound`, `memory.past`, `memory.note`, `memory.apart`
   */
  propose(ids: readonly MemoryId[]): { memory: Memory; text: string } {
    const { rows, text } = this.#joined(ids)
    return { memory: this.#store.get(rows[0].id as MemoryId), text }
  }

  /** Digests that no other sums up; with an id, what that one was made of. */
  digests({ id, space }: { id?: MemoryId | undefined; space?: string | undefined }): Memory[] {
    const ids =
      id === undefined
        ? this.#shelves.ranges({ space, agent: ANYBODY, past: false }).flatMap(({ from, to }) => topDigests(this.#db, from, to))
        : madeOf(this.#db, this.#store.get(id).id)
    return this.#store.some(ids)
  }

  /** The one that stays first, then what goes into it, and the text that they make. */
  #joined(ids: readonly string[]): { rows: [Row, ...Row[]]; text: string } {
    const rows = ids.map((id) => this.#mergeable(id))
    const [first, ...rest] = rows
    const shelf = first && shelfOf(first.n)
    if (!first || rest.length === 0 || rest.some(({ n }) => shelfOf(n) !== shelf))
      throw new OxbowError(
        'BAD_REQUEST',
        'memory.apart',
        'these memories are not of one space and one agent',
        'Choose two or more that belong together.',
      )
    // The protected one stays, else the oldest, whose id others know.
    const rank = (row: Row): number => row.pinned * 2 + (row.protection === 'none' ? 0 : 1)
    rows.sort((a, b) => rank(b) - rank(a) || (a.valid_from < b.valid_from ? -1 : a.valid_from > b.valid_from ? 1 : a.n - b.n))
    const byAge = rows.toSorted((a, b) => (a.valid_from < b.valid_from ? -1 : a.valid_from > b.valid_from ? 1 : a.n - b.n))
    const text = byAge.map(textOf).reduce((older, newer) => mergedText(newer, older))
    return { rows: rows as [Row, ...Row[]], text }
  }

  /** Lets memories become one, as a person wants it; it stands among the dreams, and is taken back like one. @throws as `propose` */
  merge(ids: readonly string[], wanted?: string): { id: DreamId; memory: MemoryId } {
    if (this.#running || this.#undoing)
      throw busy('memory.dreaming', 'memory is being put in order', 'Wait until it ends; `oxbow memory dreams` tells.')
    const { rows, text } = this.#joined(ids)
    const [into, ...gone] = rows
    return this.#together(() => {
      const progress = this.#log.begin('merge')
      for (const row of gone) {
        const now = this.#moves.current(into.id)!
        const undo = this.#absorber.join(now, row, wanted ?? text)
        const { space } = this.#shelves.nameOf(now.n)
        this.#log.add(progress.id, { kind: 'merged', space, memory: into.id, other: row.id, undo }, 'person')
        progress.counts.merged++
      }
      progress.phase = 'done'
      this.#log.reached(progress)
      this.#log.end(progress, 'done')
      return { id: progress.id, memory: into.id as MemoryId }
    })
  }

  #mergeable(id: string): Row {
    const row = this.#moves.named(id)
    if (!row) throw new OxbowError('NOT_FOUND', 'memory.notFound', `there is no memory ${id}`, 'List or search for the ids.')
    if (row.lineage !== row.id)
      throw new OxbowError('CONFLICT', 'memory.past', `${id} is a past version and stays as it was`, `Take ${row.lineage}.`)
    if (isNote(row.n, this.#shelves.all()) || row.file !== null)
      throw new OxbowError('CONFLICT', 'memory.note', `${id} is a piece of ${row.file ?? 'a note'}`, 'Change the file itself.')
    return row
  }

  /** A person said of two memories which holds. The other one stays as its past version. */
  decide(holds: string, past: string): void {
    const [into, gone] = [this.#moves.current(holds), this.#moves.current(past)]
    if (into && gone) this.#absorber.replace(into, gone)
  }
}

const busy = (code: string, message: string, hint: string): OxbowError => new OxbowError('CONFLICT', code, message, hint)
