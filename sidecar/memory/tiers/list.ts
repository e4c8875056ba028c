import { setImmediate as breathe } from 'node:timers/promises'
import type { ListMemory, Memory, MemoryTier } from '../../contract/index.ts'
import type { MemoryStore } from '../store.ts'

/** Memories judged at once, and how often before the caller has to ask again. */
const PAGE = 100
const MOST_PAGES = 20

/**
 * As the store lists them, and only those of a tier: as many pages are looked through as it takes, up to a bound.
 * @param standing how well each is held now
 */
export async function listOfTier(
  store: MemoryStore,
  standing: (memories: readonly Memory[]) => Memory[],
  { tier, ...input }: ListMemory & { tier: MemoryTier },
): Promise<{ memories: Memory[]; next?: string }> {
  const found: Memory[] = []
  let after = input.after
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = store.list({ ...input, limit: PAGE, ...(after !== undefined && { after }) })
    for (const memory of standing(page.memories)) {
      if (memory.standing?.tier === tier) found.push(memory)
      if (found.length === input.limit) return { memories: found, next: store.placeOf(memory) }
    }
    if (page.next === undefined) return { memories: found }
    after = page.next
    await breathe()
  }
  return { memories: found, ...(after !== undefined && { next: after }) }
}
