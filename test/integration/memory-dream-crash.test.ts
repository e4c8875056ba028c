import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Db } from '../../sidecar/foundation/index.ts'
import { memoryBench } from '../fixtures/memory.ts'
import { yearOf } from '../fixtures/memory-year.ts'

/** How often it is killed; `OXBOW_KILLS=200` for the whole proof. */
const KILLS = Number(process.env.OXBOW_KILLS ?? 4)
/** A kill falls anywhere in this time after the beginning, in milliseconds. */
const SPAN_MS = 500
/** Conversations of one year; when a dream has come to its end, another year begins. */
const CONVERSATIONS = 120
const CHILD = new URL('../fixtures/memory-dream-process.ts', import.meta.url)

test('killed at any moment of a dream: it goes on, text and indexes agree, and nothing is lost or doubled', {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const bench = memoryBench()
  let seed = 100
  let kills = 0
  let undone = 0
  while (kills < KILLS) {
    const year = yearOf(CONVERSATIONS, seed)
    const space = `year${seed++}`
    const secret = new Set(year.lines.filter(({ text }) => year.secrets.some((word) => text.includes(word))).map(({ id }) => id))
    const lines = year.lines.map((line) => JSON.stringify({ ...line, space, id: `${space} ${line.id}` }))
    await bench.room.import({ jsonl: lines.join('\n'), firstLine: 1 })
    const wanted = year.lines.flatMap(({ id }) => (secret.has(id) ? [] : [`${space} ${id}`])).sort()
    let state = ''
    while (state !== 'done') {
      await bench.room.close()
      const child = fork(CHILD, [bench.file], { execArgv: [], stdio: 'ignore' })
      child.on('message', (message: string) => {
        state = message
      })
      const gone = once(child, 'exit')
      await once(child, 'message')
      if (kills < KILLS) {
        await Promise.race([delay((SPAN_MS * ((kills * 7) % KILLS)) / KILLS), gone])
        child.kill('SIGKILL')
        kills++
      }
      await gone
      const room = await bench.reopen()
      await room.settled()
      expectAgreement(bench.db)
      // Whatever was merged or superseded is a past version; only secrets may be gone.
      const there = externalIds(bench.db, space)
      expect(new Set(there).size).toBe(there.length)
      expect(there.filter((id) => !secret.has(id.split(' ')[1]!))).toEqual(wanted)
    }
    const [dream] = bench.room.dreams.list(1)
    expect(dream).toMatchObject({ state: 'done', phase: 'done' })
    expect(externalIds(bench.db, space)).toEqual(wanted)
    undone += (await bench.room.dreams.undo({ id: dream!.id })).undone
    expectAgreement(bench.db)
  }
  expect(undone).toBeGreaterThan(0)
})

function externalIds(db: Db, space: string): string[] {
  return db
    .prepare<[string], { id: string }>(
      `SELECT external_id AS id FROM memories m JOIN memory_shelves s ON s.number = m.shelf
       WHERE s.space = ? AND external_id LIKE 'year%' ORDER BY external_id`,
    )
    .all(space)
    .map(({ id }) => id)
    .sort()
}

function expectAgreement(db: Db): void {
  expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
  const count = (sql: string): number => db.prepare<[], { n: number }>(sql).get()!.n
  const rows = count('SELECT count(*) AS n FROM memories')
  expect(count('SELECT count(*) AS n FROM memory_words_docsize')).toBe(rows)
  expect(count('SELECT count(*) AS n FROM memory_vectors')).toBeLessThanOrEqual(rows)
  // Each past version belongs to something that holds.
  expect(count('SELECT count(*) AS n FROM memories m WHERE lineage NOT IN (SELECT id FROM memories)')).toBe(0)
}
