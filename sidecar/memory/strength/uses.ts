import type { Memory, MemoryStanding } from '../../contract/index.ts'
import { atomically, type Clock, type Db } from '../../foundation/index.ts'
import { curveOf, FADED, lifeOf, protectionOf, type Retention, sessionsOf, strengthAt, type Traces } from './curve.ts'

/** Uses kept one by one of each memory: enough for what use earns, and for the chart. */
const MOST_KEPT = 50
const CHART_POINTS = 60
/** How far ahead the chart looks. */
const AHEAD_DAYS = 90
const DAY_MS = 86_400_000

type Use = { at: string; session: string }

/** When memories were of use, and how strong that leaves them. */
export class Uses {
  readonly #db: Db
  readonly #clock: Clock
  readonly #retention: () => Retention
  readonly #sql

  constructor(db: Db, clock: Clock, retention: () => Retention) {
    this.#db = db
    this.#clock = clock
    this.#retention = retention
    this.#sql = {
      count: db.prepare('UPDATE memories SET uses = uses + 1, last_used_at = @now WHERE id = @id'),
      add: db.prepare(
        'INSERT OR IGNORE INTO memory_uses (id, at, session) SELECT @id, @now, @session WHERE EXISTS (SELECT 1 FROM memories WHERE id = @id)',
      ),
      trim: db.prepare(
        'DELETE FROM memory_uses WHERE id = @id AND at < (SELECT at FROM memory_uses WHERE id = @id ORDER BY at DESC LIMIT 1 OFFSET @most)',
      ),
      of: db.prepare<[string], Use>('SELECT at, session FROM memory_uses WHERE id = ? ORDER BY at'),
      ofAll: db.prepare<[string], Use & { id: string }>(
        'SELECT id, at, session FROM memory_uses WHERE id IN (SELECT value FROM json_each(?)) ORDER BY at',
      ),
    }
  }

  /** Counts a use of each. @param session in which; empty where a person looked */
  add(ids: readonly string[], session = ''): void {
    const now = this.#clock.iso()
    atomically(this.#db, () => {
      for (const id of ids) {
        this.#sql.count.run({ id, now })
        this.#sql.add.run({ id, now, session })
        this.#sql.trim.run({ id, most: MOST_KEPT - 1 })
      }
    })
  }

  /** How a memory stands now. @param hot whether it is among those that are always in context */
  standing(memory: Memory, hot: boolean): MemoryStanding {
    const now = this.#clock.iso()
    const uses = this.#sql.of.all(memory.id)
    const traces = tracesOf(memory, uses)
    const strength = strengthAt(traces, now, this.#retention())
    const life = lifeOf(traces, now, this.#retention())
    return {
      strength,
      tier: hot ? 'hot' : strength < FADED ? 'cold' : 'warm',
      protection: protectionOf(traces, now),
      sessions: traces.sessions,
      ...(Number.isFinite(life) && !memory.pinned && { halfLifeDays: life }),
    }
  }

  /** How strong each of these is now, in their order. */
  strengths(memories: readonly Memory[]): number[] {
    const retention = this.#retention()
    const now = this.#clock.iso()
    const uses = new Map<string, Use[]>()
    for (const { id, ...use } of this.#sql.ofAll.all(JSON.stringify(memories.map(({ id }) => id)))) {
      const own = uses.get(id)
      if (own) own.push(use)
      else uses.set(id, [use])
    }
    return memories.map((memory) => strengthAt(tracesOf(memory, uses.get(memory.id) ?? []), now, retention))
  }

  /** Strength from its beginning until some time ahead. */
  chart(memory: Memory): { at: string; strength: number }[] {
    const uses = this.#sql.of.all(memory.id)
    const traces = tracesOf(memory, uses)
    const now = Date.parse(this.#clock.iso())
    const to = new Date(now + AHEAD_DAYS * DAY_MS).toISOString()
    return curveOf(traces, uses, { from: memory.createdAt, to, points: CHART_POINTS }, this.#retention())
  }
}

function tracesOf(memory: Memory, uses: readonly Use[]): Traces {
  const { type, importance, protection, pinned, updatedAt, lastUsedAt } = memory
  // What was said long ago and saved today is new to us.
  return { type, importance, protection, pinned, since: updatedAt, uses: memory.uses, lastUsedAt, sessions: sessionsOf(uses) }
}
