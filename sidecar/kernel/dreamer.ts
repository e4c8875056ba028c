import type { Dream, DreamCause } from '../contract/index.ts'
import type { Clock, Db, Log } from '../foundation/index.ts'
import type { MemoryRoom } from '../memory/index.ts'
import { createDreamModel, type DreamModelParts } from './dream-model.ts'
import type { MemoryPort } from './memory-port.ts'

/** So long no turn may have run before memory is put in order by itself. */
const IDLE_MS = 10 * 60_000
/** Where it cannot be done now (no power, a turn), it is tried again after this. */
const AGAIN_MS = 15 * 60_000
/** No timer waits longer; it looks again then. */
const LONGEST_MS = 6 * 60 * 60_000
/** So many sessions that changed are reason enough, whatever the hour. */
const SESSIONS = 5

export interface DreamerParts extends DreamModelParts {
  db: Db
  clock: Clock
  memory: MemoryPort
  journal: Log
  /** Whether it is done without being asked for. */
  wanted(): boolean
  /** When in the night, on this computer's clock: `03:00`. */
  at(): string
  /** Whether this computer is plugged in. */
  onPower(): boolean
  /** Whether nobody sits at it. */
  away(): boolean
}

/**
 * Puts memory in order when nobody waits: in the night or after some sessions, when no turn has run for a while and the computer has
 * power. There is one timer, and only while there is something to do.
 */
export class Dreamer {
  readonly #parts: DreamerParts
  readonly #sql
  #timer: NodeJS.Timeout | undefined
  #turns = 0
  #rested = 0
  #byItself: Promise<unknown> | undefined
  #stopped = false

  constructor(parts: DreamerParts) {
    this.#parts = parts
    this.#sql = {
      last: parts.db.prepare<[], { at: string; open: number }>(
        `SELECT COALESCE(max(started_at), '') AS at, count(*) FILTER (WHERE state IN ('running', 'paused')) AS open FROM memory_dreams
         WHERE state <> 'failed' AND cause <> 'merge'`,
      ),
      changed: parts.db.prepare<[string], { there: number }>(
        'SELECT EXISTS (SELECT 1 FROM memories WHERE lineage = id AND updated_at > ?) AS there',
      ),
      first: parts.db.prepare<[], { at: string }>('SELECT updated_at AS at FROM memories ORDER BY n LIMIT 1'),
      sessions: parts.db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM sessions WHERE updated_at > ?'),
    }
  }

  /** A turn begins: what is done by itself makes room for it. */
  turnBegan(): void {
    this.#turns++
    clearTimeout(this.#timer)
    if (this.#byItself) void this.#parts.memory.open().then((room) => room.dreams.pause())
  }

  turnEnded(): void {
    this.#turns--
    this.#rested = this.#now
    this.plan()
  }

  /** The computer was plugged in or out, left, woken up: what is done by itself rests on battery, and goes on later. */
  powerChanged(): void {
    if (this.#byItself) {
      if (!this.#parts.onPower()) void this.#parts.memory.open().then((room) => room.dreams.pause())
    } else this.plan()
  }

  /** Sets the timer where something is due, now or by night. Returns at once. */
  plan(): void {
    clearTimeout(this.#timer)
    if (this.#stopped || this.#turns > 0 || !this.#parts.wanted()) return
    const wait = this.#waitMs()
    if (wait !== undefined) this.#later(Math.min(LONGEST_MS, wait))
  }

  /** Begins a dream by hand, or goes on with one. @returns as it is now */
  async dream(minutes?: number): Promise<Dream> {
    return this.#start(await this.#parts.memory.open(), 'asked', minutes).dream
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#byItself
  }

  get #now(): number {
    return Date.parse(this.#parts.clock.iso())
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => this.#try(), ms)
    this.#timer.unref()
  }

  /** How long until it is due; undefined: there is nothing to do. */
  #waitMs(): number | undefined {
    const { at } = this.#parts
    const { at: last, open } = this.#sql.last.get()!
    const idle = Math.max(0, this.#rested + IDLE_MS - this.#now)
    if (open > 0) return idle
    if (this.#sql.changed.get(last)!.there === 0) return undefined
    if (this.#sql.sessions.get(last)!.n >= SESSIONS) return idle
    const since = last === '' ? this.#sql.first.get()!.at : last
    return Math.max(idle, nightAfter(at(), since) - this.#now)
  }

  #try(): void {
    const { wanted, onPower, away, journal, memory } = this.#parts
    if (this.#stopped || !wanted()) return
    const wait = this.#waitMs()
    if (wait === undefined) return
    const idle = this.#now - this.#rested >= IDLE_MS && away()
    if (wait > 0 || this.#turns > 0 || !idle || !onPower()) {
      this.#later(wait > 0 ? Math.min(LONGEST_MS, wait) : AGAIN_MS)
      return
    }
    const cause = this.#sql.sessions.get(this.#sql.last.get()!.at)!.n >= SESSIONS ? 'sessions' : 'nightly'
    this.#byItself = memory
      .open()
      .then((room) => this.#start(room, cause).ended)
      .then((dream) => journal.info({ dream: dream.id, state: dream.state, counts: dream.counts }, 'memory was put in order'))
      .catch((error: unknown) => journal.warn({ err: error }, 'memory could not be put in order'))
      .finally(() => {
        this.#byItself = undefined
        // A paused one goes on; one that failed is not tried at once again.
        if (!this.#stopped && this.#waitMs() !== undefined) this.#later(AGAIN_MS)
      })
  }

  #start(room: MemoryRoom, cause: DreamCause, minutes?: number): { dream: Dream; ended: Promise<Dream> } {
    const mostMs = minutes === undefined ? undefined : minutes * 60_000
    return room.dreams.start({ cause, mostMs, helper: createDreamModel(this.#parts) })
  }
}

/** The first night after a moment, in milliseconds. @param at `03:00`, on this computer's clock */
function nightAfter(at: string, moment: string): number {
  const [hours = 3, minutes = 0] = at.split(':').map(Number)
  const night = new Date(moment)
  night.setHours(hours, minutes, 0, 0)
  if (night.getTime() <= Date.parse(moment)) night.setDate(night.getDate() + 1)
  return night.getTime()
}
