import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Db } from '../../sidecar/foundation/index.ts'
import { expectAgreement, memoryBench, remember, texts } from '../fixtures/memory.ts'

// Each starts a thread and reads a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** From the record of the structure of a full-text index: a cookie of four bytes, how many levels, how many segments. */
const segmentsOf = (db: Db, table: string): number =>
  db.prepare<[], { block: Buffer }>(`SELECT block FROM ${table}_data WHERE id = 10`).get()!.block[5]!

describe('the index', () => {
  it('is made anew with the same results, also when that was cut short', async () => {
    const bench = memoryBench()
    for (let n = 0; n < 120; n++) bench.room.save(remember(`thing ${n} of colour ${n % 7 ? 'blue' : 'crimson'}`))
    const before = texts(await bench.room.search({ query: 'crimson thing 14', limit: 10 }))
    expect(bench.room.reindex()).toBe(120)
    bench.room.save(remember('saved while the index is made'))
    await bench.reopen()
    await bench.room.settled()
    expectAgreement(bench.db)
    expect(texts(await bench.room.search({ query: 'crimson thing 14', limit: 10 }))).toEqual(before)
  })

  it('is in few segments after what was read in, and after a dream, with the same results', async () => {
    const bench = memoryBench()
    const find = async () => texts(await bench.room.search({ query: 'crimson thing 14', limit: 10 }))
    const scatter = (from: number): void => {
      for (let n = from; n < from + 25; n++) bench.room.save(remember(`thing ${n} of colour ${n % 7 ? 'blue' : 'crimson'} 茶`))
    }
    scatter(0)
    const before = await find()
    const most = () => Math.max(segmentsOf(bench.db, 'memory_words'), segmentsOf(bench.db, 'memory_pairs'))
    expect(most()).toBeGreaterThan(4)
    const line = bench.room.export({ limit: 1 }).jsonl
    await bench.room.import({ jsonl: line, firstLine: 1 })
    expect(most()).toBeLessThan(5)
    expect(await find()).toEqual(before)
    scatter(25)
    expect(most()).toBeGreaterThan(4)
    await bench.room.dreams.start({ cause: 'asked' }).ended
    expect(most()).toBeLessThan(5)
    expectAgreement(bench.db)
  })

  it('gives every memory its vector after a restart, whatever a crash left out', async () => {
    const bench = memoryBench()
    for (let n = 0; n < 30; n++) bench.room.save(remember(`thing ${n}`))
    await bench.room.settled()
    bench.db.exec('DELETE FROM memory_vectors WHERE n % 2 = 0')
    // And one that is not as long as the others.
    bench.db.exec(`UPDATE memory_vectors SET vector = x'0102' WHERE n = (SELECT min(n) FROM memory_vectors)`)
    const room = await bench.reopen()
    await room.settled()
    expect((await room.stats()).embedded).toBe(30)
    expect(bench.db.prepare('SELECT DISTINCT length(vector) FROM memory_vectors').pluck().all()).toHaveLength(1)
  })

  it('serves with the old vectors until those of another embedder are all there', async () => {
    const bench = memoryBench()
    for (let n = 0; n < 40; n++) bench.room.save(remember(`thing ${n}`))
    await bench.room.settled()
    // An index that another embedder began and did not finish, and one that can no longer be made.
    bench.db.exec(`UPDATE memory_embedders SET id = 'gone@1', state = 'serving'`)
    const room = await bench.reopen()
    expect(texts(await room.search({ query: 'thing 7', limit: 1 }))).toEqual(['thing 7'])
    await room.settled()
    const { embedder, embedded, building } = await room.stats()
    expect({ embedder, embedded, building }).toEqual({
      embedder: { id: 'hashing-256@1', dimensions: 256 },
      embedded: 40,
      building: undefined,
    })
    await expect.poll(() => bench.db.prepare('SELECT count(*) AS n FROM memory_embedders').get()).toEqual({ n: 1 })
  })

  it('has no thread before its first use, and none when idle', async () => {
    const { room } = memoryBench({ idleMs: 20 })
    expect(room.running).toBe(false)
    room.save(remember('x'))
    await room.settled()
    expect(room.running).toBe(true)
    await expect.poll(() => room.running).toBe(false)
    expect(texts(await room.search({ query: 'x', limit: 1 }))).toEqual(['x'])
    await sleep(0)
  })
})
