import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Memory } from '../../sidecar/contract/index.ts'
import { type MemoryBench, memoryBench } from '../fixtures/memory.ts'
import { scoreOf, type Year, yearOf } from '../fixtures/memory-year.ts'

/** The whole year is in `npm run bench -- dream`. */
const CONVERSATIONS = 200
const MODEL = join(import.meta.dirname, '../../resources/embedding')

/** What holds. */
const all = (bench: MemoryBench): Memory[] =>
  bench.room
    .export({ limit: 5000 })
    .jsonl.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Memory)
    .filter(({ supersededBy }) => supersededBy === undefined)

async function imported(year: Year): Promise<MemoryBench> {
  const bench = memoryBench({ model: MODEL })
  await bench.room.import({ jsonl: year.lines.map((line) => JSON.stringify(line)).join('\n'), firstLine: 1 })
  return bench
}

async function recall(bench: MemoryBench, year: Year): Promise<number> {
  let found = 0
  const asked = year.untouched.slice(0, 60)
  for (const { space, id, query } of asked) {
    const results = await bench.room.search({ query, space, limit: 10 })
    if (results.some(({ externalId }) => externalId === id)) found++
  }
  return found / asked.length
}

test('a year is put in order: duplicates merged, contradictions resolved to the newer, no secret kept, nothing else harder to find', {
  timeout: 120_000,
}, async () => {
  const year = yearOf(CONVERSATIONS)
  const bench = await imported(year)
  const before = await recall(bench, year)
  const { ended } = bench.room.dreams.start({ cause: 'asked' })
  const dream = await ended
  expect(dream.state).toBe('done')
  const present = all(bench)
  const score = scoreOf(
    year,
    new Set(present.map(({ space, externalId }) => `${space} ${externalId}`)),
    present.map(({ text }) => text),
  )
  expect(score.merged).toBeGreaterThanOrEqual(0.95)
  expect(score.resolved).toBeGreaterThanOrEqual(0.9)
  expect(score.secretsKept).toBe(0)
  expect(await recall(bench, year)).toBeGreaterThanOrEqual(before)
})
