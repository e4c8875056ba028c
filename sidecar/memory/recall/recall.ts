import type { Memory, MemoryResult, MemoryTopic, SearchMemory } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import type { MemoryStore } from '../store.ts'
import type { Uses } from '../strength/uses.ts'
import { topicsOf } from '../topics/topics.ts'
import { contextBlock, recalledBlock } from './block.ts'
import { hotMemories } from './hot.ts'
import { isWithin, type MemoryReach, searchWithin } from './reach.ts'
import { SAME_TOPIC, tellsTopic, topicLikeness } from './topic.ts'

/** Memories recalled for one topic. */
const MOST_FOUND = 5
/** Found by meaning alone, it must be this near; found by words too, a little. */
const NEAR = 0.42
const NEAR_WITH_WORDS = 0.2

export interface RecallParts {
  db: Db
  store: Pick<MemoryStore, 'some'>
  uses: Uses
  search(request: SearchMemory): Promise<MemoryResult[]>
  /** As `search`, of what is in the index already. */
  searchIndex(request: SearchMemory): Promise<MemoryResult[]>
  embed(texts: readonly string[]): Promise<Int8Array[]>
}

/** Finds what may be of use to what is being talked of, as far as a conversation reaches. */
export class Recall {
  readonly #parts: RecallParts

  constructor(parts: RecallParts) {
    this.#parts = parts
  }

  /** What is always in context. */
  hot(reach: MemoryReach): Memory[] {
    return hotMemories(this.#parts.db, this.#parts.uses, reach)
  }

  topics(reach: { space?: string | undefined; agent: string }): MemoryTopic[] {
    return topicsOf(this.#parts.db, reach)
  }

  /** Those of these that are still there and that a conversation may be shown. */
  within(reach: MemoryReach, ids: readonly string[]): Memory[] {
    return this.#parts.store.some(ids).filter((memory) => isWithin(reach, memory))
  }

  /** Searches what a conversation may reach, best first. */
  search(reach: MemoryReach, request: Omit<SearchMemory, 'space' | 'agent'>): Promise<MemoryResult[]> {
    return searchWithin(this.#parts.search, reach, request)
  }

  /** What is near to a message, best first; little or nothing where nothing is. @param except what is in context already */
  async near(message: string, reach: MemoryReach, except: ReadonlySet<string> = new Set()): Promise<Memory[]> {
    if (message.trim() === '') return []
    const results = await searchWithin(this.#parts.searchIndex, reach, { query: message.slice(0, 2000), limit: MOST_FOUND * 2 })
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

  /** The text that a model is shown of hot memories. */
  contextOf(hot: readonly Memory[], topics: readonly MemoryTopic[]): string {
    return contextBlock(hot, topics)
  }

  /** The text that a model is shown of what was recalled beside one message. */
  beside(found: readonly Memory[]): string {
    return recalledBlock(found)
  }
}

function isNear({ words, meaning }: MemoryResult['why']): boolean {
  if (words === undefined) return (meaning?.score ?? 0) >= NEAR
  return meaning === undefined || meaning.score >= NEAR_WITH_WORDS
}
