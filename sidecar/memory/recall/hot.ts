import { MAIN_SPACE, type Memory, type MemoryType } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { trustOf } from '../learn/candidate.ts'
import { type Row, toMemory } from '../row.ts'
import { rangeOf, Shelves, shelfOf } from '../shelf.ts'
import type { Uses } from '../strength/uses.ts'
import { MATERIAL, memoryLine } from './block.ts'
import { isWithin } from './reach.ts'
import { tokensOf } from './tokens.ts'

/** Tokens that all hot memories together may take. */
const HOT_TOKENS = 3000
/** Rows looked at of each kind; what is hot is found without reading a shelf as a whole. */
const LOOKED_AT = 150

/** What each kind weighs beside its strength; the rest is never hot unless it is pinned. */
const WEIGHTS: Readonly<Partial<Record<MemoryType, number>>> = {
  profile: 1,
  preference: 0.9,
  decision: 0.75,
  skill: 0.6,
  knowledge: 0.55,
  fact: 0.5,
}
/** Weaker than this is not worth its place. */
const WEAKEST = 0.12

/**
 * The memories that are always in context: what is pinned, who the person is, then the strongest, as far as they fit. What a stranger
 * may have written is never hot unless the person pinned it.
 */
export const hotMemories = (db: Db, uses: Uses, reach: { space: string; agent: string }): Memory[] =>
  chooseHot(db, uses, reach).hot

/** The same, and those that would be hot, had they room. */
export function chooseHot(
  db: Db,
  uses: Uses,
  { space, agent }: { space: string; agent: string },
): { hot: Memory[]; over: Memory[] } {
  const shelves = new Shelves(db)
  const names = shelves.all()
  const found = new Map<number, Memory>()
  for (const one of new Set([space, MAIN_SPACE]))
    for (const { from } of shelves.ranges({ space: one, agent, past: false })) {
      const shelf = shelfOf(from)
      for (const row of candidates(db, shelf)) {
        const memory = toMemory(row, names.get(shelf)!)
        if (isWithin({ space, agent }, memory)) found.set(row.n, memory)
      }
    }
  const eligible = [...found.values()].filter(({ pinned, taint }) => pinned || trustOf(taint) !== 'stranger')
  const strengths = uses.strengths(eligible)
  const ranked = eligible
    .map((memory, at) => ({ memory, rank: rankOf(memory, strengths[at]!) }))
    .filter(({ rank }) => rank >= WEAKEST)
    .sort((a, b) => b.rank - a.rank || (a.memory.id < b.memory.id ? 1 : -1))
  const hot: Memory[] = []
  const over: Memory[] = []
  let tokens = tokensOf(MATERIAL)
  for (const { memory } of ranked) {
    const size = tokensOf(`${memoryLine(memory)}\n`)
    if (tokens + size > HOT_TOKENS) {
      over.push(memory)
      continue
    }
    tokens += size
    hot.push(memory)
  }
  return { hot, over }
}

function rankOf(memory: Memory, strength: number): number {
  if (memory.pinned) return 3
  const weight = WEIGHTS[memory.type]
  if (weight === undefined) return 0
  const rank = strength * weight * (0.5 + memory.importance)
  // Rounded, so that the order does not change from one moment to the next.
  return Math.round((memory.type === 'profile' && strength > 0.05 ? 1 + rank : rank) * 100) / 100
}

function candidates(db: Db, shelf: number): Row[] {
  const { from, to } = rangeOf(shelf)
  const page = (where: string, order: string): Row[] =>
    db
      .prepare<object, Row>(
        `SELECT * FROM memories WHERE shelf = @shelf AND n BETWEEN @from AND @to AND ${where} ORDER BY ${order} LIMIT ${LOOKED_AT}`,
      )
      .all({ shelf, from, to })
  return [
    ...page('pinned = 1', 'valid_from DESC'),
    ...page('uses > 0', 'uses DESC, last_used_at DESC'),
    ...(Object.keys(WEIGHTS) as MemoryType[]).flatMap((type) =>
      page(`type = '${type}' AND type NOT IN ('episode', 'session', 'reasoning')`, 'valid_from DESC'),
    ),
  ]
}
