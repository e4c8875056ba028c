import { MEMORY_TYPES, type Memory, type MemoryStats, type MemoryType } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'
import { halfLifeOf, type Retention } from './strength/curve.ts'

/** Spaces whose hot memories are counted. */
const MOST_SPACES = 100

/** How many memories there are, of what, and how well they are held. */
export function countsOf(
  db: Db,
  hot: (reach: { space: string; agent: string }) => readonly Pick<Memory, 'id'>[],
  retention: Retention,
): Pick<MemoryStats, 'memories' | 'past' | 'spaces' | 'types' | 'tiers' | 'halfLives'> {
  const spaces = db
    .prepare<[], { space: string; past: number; memories: number }>(
      `SELECT s.space, s.past, sum((SELECT count(*) FROM memories WHERE shelf = s.number)) AS memories
       FROM memory_shelves s GROUP BY s.space, s.past ORDER BY s.space`,
    )
    .all()
  const types = db
    .prepare<[], { type: MemoryType; memories: number }>(
      'SELECT type, count(*) AS memories FROM memories WHERE lineage = id GROUP BY type ORDER BY memories DESC, type',
    )
    .all()
  const count = (past: number): number =>
    spaces.filter((row) => row.past === past).reduce((sum, { memories }) => sum + memories, 0)
  const cold = db
    .prepare<[], { n: number }>('SELECT count(*) AS n FROM memories WHERE packed IS NOT NULL AND lineage = id')
    .get()!.n
  const reaches = db
    .prepare<[number], { space: string; agent: string }>('SELECT space, agent FROM memory_shelves WHERE past = 0 LIMIT ?')
    .all(MOST_SPACES)
  const hottest = new Set(reaches.flatMap((reach) => hot(reach).map(({ id }) => id))).size
  return {
    memories: count(0),
    past: count(1),
    spaces: spaces.flatMap(({ space, past, memories }) => (past === 0 && memories > 0 ? { space, memories } : [])),
    types,
    tiers: [
      { tier: 'hot', memories: hottest },
      { tier: 'warm', memories: Math.max(0, count(0) - cold - hottest) },
      { tier: 'cold', memories: cold },
    ],
    halfLives: MEMORY_TYPES.map((type) => ({ type, days: Math.round(halfLifeOf(type, retention) * 10) / 10 })),
  }
}
