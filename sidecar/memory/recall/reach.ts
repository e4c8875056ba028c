import { MAIN_SPACE, type Memory, type MemoryResult, type SearchMemory } from '../../contract/index.ts'

/** Whose memories a conversation may reach: those of its space, and what is known of the person everywhere. */
export interface MemoryReach {
  space: string
  /** Empty: every agent's. */
  agent: string
}

/** What the main space knows of the person themselves holds in every other. */
const EVERYWHERE = 'profile'

/** Whether a memory may be shown in a conversation of this space. */
export const isWithin = ({ space, agent }: MemoryReach, memory: Memory): boolean =>
  (memory.space === space || (memory.space === MAIN_SPACE && memory.type === EVERYWHERE)) &&
  (memory.agent === undefined || memory.agent === agent)

/** Searches a space, and the main one for what it knows of the person. Best first. */
export async function searchWithin(
  search: (request: SearchMemory) => Promise<MemoryResult[]>,
  reach: MemoryReach,
  request: Omit<SearchMemory, 'space' | 'agent'>,
): Promise<MemoryResult[]> {
  const own = search({ ...request, ...reach })
  const global = reach.space !== MAIN_SPACE && (request.types?.includes(EVERYWHERE) ?? true)
  if (!global) return own
  const everywhere = search({ ...request, ...reach, space: MAIN_SPACE, types: [EVERYWHERE] })
  const found = (await Promise.all([own, everywhere])).flat()
  return found.sort((a, b) => b.score - a.score).slice(0, request.limit)
}
