import type { Dream, DreamCause, DreamChange, DreamId, MemoryId, UndoDream } from '../../contract/index.ts'
import { type Ids, type Log, OxbowError } from '../../foundation/index.ts'
import type { StoreOptions } from '../store-options.ts'
import type { Told } from '../told.ts'
import { Absorber } from './absorb.ts'
import { Dreaming } from './dream.ts'
import { DreamLog } from './dream-log.ts'
import { Moves } from './moves.ts'
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
  #undoing = false

  constructor(parts: DreamsParts) {
    const { db, clock, ids, store, together } = parts
    this.#log = new DreamLog(db, clock, ids, parts.changed)
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

  /** A person said of two memories which holds. The other one stays as its past version. */
  decide(holds: string, past: string): void {
    const [into, gone] = [this.#moves.current(holds), this.#moves.current(past)]
    if (into && gone) this.#absorber.replace(into, gone)
  }
}

const busy = (code: string, message: string, hint: string): OxbowError => new OxbowError('CONFLICT', code, message, hint)
