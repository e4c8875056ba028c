import type { Memory, MemoryResult, SearchMemory } from '../../contract/index.ts'
import { type MemoryReach, searchWithin } from './reach.ts'
import { SAME_TOPIC, tellsTopic, topicLikeness } from './topic.ts'

/** Memories recalled for one topic. */
const MOST_FOUND = 5
/** Found by meaning alone, it must be this near; found by words too, a little. */
const NEAR = 0.42
const NEAR_WITH_WORDS = 0.2

export interface RecallParts {
  search(request: SearchMemory): Promise<MemoryResult[]>
  embed(texts: readonly string[]): Promise<Int8Array[]>
}

/** Finds what may be of use to what is being talked of. */
export class Recall {
  readonly #parts: RecallParts

  constructor(parts: RecallParts) {
    this.#parts = parts
  }

  /** What is near to a message, best first; little or nothing where nothing is. */
  async near(message: string, reach: MemoryReach, except: ReadonlySet<string>): Promise<Memory[]> {
    if (message.trim() === '') return []
    const results = await searchWithin(this.#parts.search, reach, { query: message.slice(0, 2000), limit: MOST_FOUND * 2 })
    return results
      .filter(({ id, why }) => !except.has(id) && isNear(why))
      .slice(0, MOST_FOUND)
      .map(({ memory }) => memory)
  }

  /** Whether a message begins another topic than the ones before. @param before newest first */
  async changesTopic(message: string, before: readonly string[]): Promise<boolean> {
    const telling = before.filter(tellsTopic)
    if (!tellsTopic(message)) return false
    if (telling.length === 0) return before.length > 0
    const [vector, ...others] = (await this.#parts.embed([message, ...telling])) as [Int8Array, ...Int8Array[]]
    return topicLikeness(vector, others) < SAME_TOPIC
  }
}

function isNear({ words, meaning }: MemoryResult['why']): boolean {
  if (words === undefined) return (meaning?.score ?? 0) >= NEAR
  return meaning === undefined || meaning.score >= NEAR_WITH_WORDS
}
