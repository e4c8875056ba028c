import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createIds, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { MemoryRoom } from '../../sidecar/memory/index.ts'
import { newPlace } from './lib/place.ts'
import { type Figure, report } from './lib/report.ts'

/**
 * Memory: how well it finds (data beside the checkout, where it is there), with each leg alone and both; and how fast.
 * `--million` measures with a million memories, too, which takes minutes to make; `--quality` leaves speed out.
 */

const DATA = join(import.meta.dirname, '../../../shared/data')
const SIZE = 100_000
const LINES_AT_ONCE = 5000
const QUERIES = 200
const LEGS = ['words', 'meaning', undefined] as const
const nameOf = (legs: (typeof LEGS)[number]): string => legs ?? 'both'

const log = { debug: () => {}, info: () => {}, warn: console.error, error: console.error }
const figures: Figure[] = []

function openRoom(): { room: MemoryRoom; close(): Promise<void> } {
  const database = join(newPlace().home, 'oxbow.db')
  const db = openDatabase({ path: database })
  const room = new MemoryRoom({ db, database, clock: systemClock, ids: createIds(), log })
  return {
    room,
    close: async () => {
      await room.close()
      db.close()
    },
  }
}

const lines = <T>(file: string): T[] =>
  readFileSync(join(DATA, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!
const share = (wanted: readonly string[], found: ReadonlySet<string | undefined>): number =>
  wanted.filter((id) => found.has(id)).length / wanted.length

interface Turn {
  id: string
  session: string
}

async function dialogues(): Promise<void> {
  const { room, close } = openRoom()
  await room.import({ jsonl: readFileSync(join(DATA, 'dialogue-dev.turns.jsonl'), 'utf8'), firstLine: 1 })
  const sessionOf = new Map(lines<Turn>('dialogue-dev.turns.jsonl').map(({ id, session }) => [id, session]))
  const queries = lines<{ space: string; query: string; relevant: string[] }>('dialogue-dev.queries.jsonl')
  for (const legs of LEGS) {
    const turns: number[] = []
    const sessions: number[] = []
    for (const { space, query, relevant } of queries) {
      const found = await room.search({ query, space, limit: 10 }, legs)
      turns.push(share(relevant, new Set(found.map(({ externalId }) => externalId))))
      sessions.push(
        share([...new Set(relevant.map((id) => sessionOf.get(id)!))], new Set(found.map(({ sessionId }) => sessionId))),
      )
    }
    const [least, leastSession] = legs === undefined ? [{ least: 78 }, { least: 95 }] : [{}, {}]
    figures.push({ figure: `dialogues, turn recall@10, ${nameOf(legs)}`, measured: mean(turns) * 100, unit: '%', ...least })
    figures.push({
      figure: `dialogues, session recall@10, ${nameOf(legs)}`,
      measured: mean(sessions) * 100,
      unit: '%',
      ...leastSession,
    })
  }
  await close()
}

/** 1 is best in the collection's own grading, 4 least; -1 and 5 are not relevant. */
const gain = (grade: number | undefined): number => (grade === undefined || grade < 1 || grade > 4 ? 0 : 5 - grade)
const discounted = (gains: readonly number[]): number => gains.reduce((sum, value, at) => sum + value / Math.log2(at + 2), 0)

async function abstracts(): Promise<void> {
  const { room, close } = openRoom()
  const docs = lines<{ id: string; text: string }>('cranfield.docs.jsonl').filter(({ text }) => text.trim() !== '')
  await room.import({ jsonl: docs.map(({ id, text }) => JSON.stringify({ id, text })).join('\n'), firstLine: 1 })
  const queries = lines<{ query: string; relevant: Record<string, number> }>('cranfield.queries.jsonl')
  const ndcg = async (legs: (typeof LEGS)[number] | 'bare'): Promise<number> => {
    const scores: number[] = []
    for (const { query, relevant } of queries) {
      const best = discounted(
        Object.values(relevant)
          .map(gain)
          .sort((a, b) => b - a)
          .slice(0, 10),
      )
      if (best === 0) continue
      const found = await room.search({ query, limit: 10 }, legs)
      scores.push(discounted(found.map(({ externalId }) => gain(relevant[externalId!]))) / best)
    }
    return mean(scores) * 100
  }
  const bare = await ndcg('bare')
  figures.push({ figure: 'Cranfield, nDCG@10, FTS5 alone', measured: bare, unit: '%' })
  for (const legs of LEGS) {
    const measured = await ndcg(legs)
    figures.push({
      figure: `Cranfield, nDCG@10, ${nameOf(legs)}`,
      measured,
      unit: '%',
      ...(legs === undefined && { least: bare * 1.1 }),
    })
  }
  await close()
}

/** Words as they are spread in a language: the k-th most frequent one is 1/k as frequent as the first. */
function texts(): () => string {
  let state = 42
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const word = (): string => `w${Math.floor(20_000 ** random()).toString(36)}x`
  return () => Array.from({ length: 8 + Math.floor(random() * 10) }, word).join(' ')
}

async function speed(size: number, budget: number): Promise<void> {
  const { room, close } = openRoom()
  const text = texts()
  const name = size.toLocaleString('en-US')
  const began = performance.now()
  for (let n = 0; n < size; n += LINES_AT_ONCE) {
    const jsonl = Array.from({ length: LINES_AT_ONCE }, (_, at) =>
      JSON.stringify({ id: n + at, session: `s${(n + at) >> 5}`, text: text() }),
    ).join('\n')
    await room.import({ jsonl, firstLine: 1 })
  }
  figures.push({ figure: `import, ${name} memories`, measured: size / ((performance.now() - began) / 1000), unit: '/s' })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const search = async (): Promise<number> => {
    const at = performance.now()
    await room.search({ query: text().split(' ').slice(0, 6).join(' '), limit: 10 })
    return performance.now() - at
  }
  await search()
  delay.enable()
  const times: number[] = []
  for (let n = 0; n < QUERIES; n++) times.push(await search())
  figures.push({ figure: `search p95, ${name} memories`, measured: percentile(times, 0.95), unit: 'ms', budget })
  figures.push({ figure: `search p50, ${name} memories`, measured: percentile(times, 0.5), unit: 'ms' })
  const saves: number[] = []
  for (let n = 0; n < QUERIES; n++) {
    const at = performance.now()
    room.save({
      text: text(),
      type: 'fact',
      tags: [],
      importance: 0.5,
      protection: 'none',
      pinned: false,
      space: 'main',
      source: {},
      taint: [],
    })
    saves.push(performance.now() - at)
    await search()
  }
  figures.push({ figure: `save p95, ${name} memories`, measured: percentile(saves, 0.95), unit: 'ms', budget: 2 })
  room.reindex()
  for (let n = 0; n < QUERIES / 4; n++) await search()
  delay.disable()
  const how = 'while searching, saving and re-indexing'
  figures.push({
    figure: `event loop delay p99, ${name} memories`,
    measured: delay.percentile(99) / 1e6,
    unit: 'ms',
    budget: 20,
    how,
  })
  await close()
}

if (existsSync(DATA)) {
  await dialogues()
  await abstracts()
} else {
  console.log(`quality: skipped, ${DATA} is not there`)
}
if (!process.argv.includes('--quality')) await speed(SIZE, 10)
if (process.argv.includes('--million')) await speed(1_000_000, 60)
report('memory', figures)
