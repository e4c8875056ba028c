import type { MemoryTopic } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { type MaybePacked, textOf } from '../packed.ts'
import { tokensOf } from '../recall/tokens.ts'
import { Shelves, shelfOf } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'

/** Tokens of the root index in a model's context. */
export const INDEX_TOKENS = 300
/** The newest memories of a space that topics are found in: enough to say what there is. */
const LOOKED_AT = 600
const MOST_TOPICS = 40
/** Words in fewer memories than this are no topic. */
const FEWEST = 2
const SHORTEST = 4
/** What an agent of ours said is nobody else's. */
const OWN = 'agent'

interface Row extends MaybePacked {
  type: string
  tags: string
  taint: string
  updated_at: string
}

interface Count {
  memories: number
  /** Those without labels. */
  clean: number
  labels: Set<string>
  changedAt: string
}

/**
 * What is known of: tags, and the words that several memories share, with counts and the last change. Made from the rows each time,
 * so that nothing of what is forgotten stays in it.
 */
export function topicsOf(db: Db, reach: { space?: string | undefined; agent: string }): MemoryTopic[] {
  const counts = new Map<string, Count>()
  for (const row of newest(db, reach)) {
    const labels = (JSON.parse(row.taint) as string[]).filter((label) => label !== OWN)
    for (const topic of topicsIn(row)) {
      const count = counts.get(topic) ?? { memories: 0, clean: 0, labels: new Set(), changedAt: '' }
      count.memories += 1
      if (labels.length === 0) count.clean += 1
      for (const label of labels) count.labels.add(label)
      if (count.changedAt < row.updated_at) count.changedAt = row.updated_at
      counts.set(topic, count)
    }
  }
  return [...counts]
    .map(([topic, { memories, changedAt, clean, labels }]) => ({
      topic,
      memories,
      changedAt,
      ...(clean < FEWEST && labels.size > 0 && { taint: [...labels].sort() }),
    }))
    .filter(({ memories }) => memories >= FEWEST)
    .sort((a, b) => b.memories - a.memories || (a.topic < b.topic ? -1 : 1))
    .slice(0, MOST_TOPICS)
}

/** The root index as one line, as many topics as fit. */
export function topicLine(topics: readonly MemoryTopic[]): string {
  let line = ''
  for (const { topic, memories, changedAt } of topics) {
    const next = `${line}${line === '' ? '' : ', '}${topic} (${memories}, ${changedAt.slice(0, 10)})`
    if (tokensOf(next) > INDEX_TOKENS) break
    line = next
  }
  return line
}

function newest(db: Db, { space, agent }: { space?: string | undefined; agent: string }): Row[] {
  const page = db.prepare<[number, number], Row>(
    `SELECT type, text, packed, tags, taint, updated_at FROM memories
     WHERE shelf = ? AND type NOT IN ('episode', 'session', 'reasoning') ORDER BY valid_from DESC LIMIT ?`,
  )
  return new Shelves(db)
    .ranges({ space, agent, past: false })
    .flatMap(({ from }) => page.all(shelfOf(from), LOOKED_AT))
    .slice(0, LOOKED_AT)
}

function topicsIn(row: Row): Set<string> {
  const tags = (JSON.parse(row.tags) as string[]).map((tag) => tag.toLowerCase())
  const words = tellingWords(wordsOf(textOf(row).slice(0, 600))).filter(
    (word) => word.length >= SHORTEST && !/^\d+$/.test(word) && !COMMON.has(word),
  )
  return new Set([...tags, ...words])
}

/** Words of how things are said, not of what they are about. */
const COMMON = new Set(
  (
    'prefer prefers like likes love loves hate hates always never want wants need needs decided decide agreed remember live lives work works ' +
    'called name used using please should must today tomorrow yesterday every many much really also still time thing things ' +
    'bevorzuge bevorzugt möchte möchten immer niemals entschieden beschlossen heiße heißt wohne wohnt lebe lebt arbeite arbeitet heute morgen gestern gern gerne lieber bitte'
  ).split(' '),
)
