import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { MemoryId } from '../../sidecar/contract/index.ts'
import { memoryBench } from '../fixtures/memory.ts'

/** How often it is killed; `OXBOW_KILLS=200` for the whole proof. */
const KILLS = Number(process.env.OXBOW_KILLS ?? 5)
/** A kill falls anywhere in this time after the first save, in milliseconds. */
const SPAN_MS = 900
const CHILD = new URL('../fixtures/memory-process.ts', import.meta.url)

test('killed at any moment of saving, correcting, forgetting and re-indexing: nothing told is lost, text and indexes agree', {
  timeout: 30_000 + KILLS * 5000,
}, async () => {
  const bench = memoryBench()
  const saved = new Set<string>()
  const forgotten = new Set<string>()
  for (let kill = 0; kill < KILLS; kill++) {
    await bench.room.close()
    const child = fork(CHILD, [bench.file], { execArgv: [], stdio: 'ignore' })
    child.on('message', (message: string) => {
      const [word, id] = message.split(' ') as [string, string]
      ;(word === 'saved' ? saved : forgotten).add(id)
    })
    await once(child, 'message')
    await delay((SPAN_MS * kill) / KILLS)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const room = await bench.reopen()
    await room.settled()
    expectAgreement(bench.db)
  }
  expect(saved.size).toBeGreaterThan(KILLS)
  for (const id of forgotten) expect(() => bench.room.get(id as MemoryId)).toThrow(/there is no memory/)
  const missing = [...saved].filter((id) => !forgotten.has(id) && !known(bench.db, id))
  // One may have been forgotten a moment before it could say so: at most one in each life.
  expect(missing.length).toBeLessThanOrEqual(KILLS)
  for (const id of missing) expect(bench.db.prepare('SELECT 1 FROM memories WHERE lineage = ?').get(id)).toBeUndefined()
})

const known = (db: ReturnType<typeof memoryBench>['db'], id: string): boolean =>
  db.prepare('SELECT 1 FROM memories WHERE id = ?').get(id) !== undefined

function expectAgreement(db: ReturnType<typeof memoryBench>['db']): void {
  expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
  const count = (sql: string): number => db.prepare<[], { n: number }>(sql).get()!.n
  const rows = count('SELECT count(*) AS n FROM memories')
  expect(count('SELECT count(*) AS n FROM memory_words_docsize')).toBe(rows)
  expect(count('SELECT count(*) AS n FROM memory_vectors')).toBe(rows)
  const find = db.prepare<[string, number], { n: number }>(
    'SELECT rowid AS n FROM memory_words WHERE memory_words MATCH ? AND rowid = CAST(? AS INTEGER)',
  )
  for (const { n, text } of db.prepare<[], { n: number; text: string }>('SELECT n, text FROM memories').all()) {
    const number = /number\d+/.exec(text)![0]
    expect(find.get(`text : "${number}"`, n)?.n).toBe(n)
    expect(find.get('text : "corrected"', n)?.n === n).toBe(text.endsWith('corrected'))
  }
}
