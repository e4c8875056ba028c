import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as settle } from 'node:timers/promises'
import { createIds, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { loadStaticModel } from '../../sidecar/memory/embedding/static-model.ts'
import { MemoryRoom } from '../../sidecar/memory/index.ts'
import {
  abstractGain,
  dialogueRecall,
  importAbstracts,
  importDialogues,
  type RetrievalData,
  readRetrievalData,
} from '../fixtures/retrieval.ts'
import { startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { fillWithMemories, zipfTexts } from './lib/many-memories.ts'
import { newPlace } from './lib/place.ts'
import { rssMb } from './lib/process-use.ts'
import { type Figure, report } from './lib/report.ts'

/**
 * Memory: how well it finds (data beside the checkout, where it is there), with each leg alone and both; and how fast.
 * `--million` measures with a million memories, too, which takes minutes to make; `--quality` leaves speed out,
 * `--speed` quality.
 */

const SIZE = 100_000
const MODEL = join(import.meta.dirname, '../../resources/embedding')
const QUERIES = 200
/** Searches until a thread's code is compiled. */
const WARM_UP = 20
const SETTLE_MS = 2_000
const LEGS = ['words', 'meaning', undefined] as const
const nameOf = (legs: (typeof LEGS)[number]): string => legs ?? 'both'

/** Six words of a text. */
const queryOf = (text: () => string): string => text().split(' ').slice(0, 6).join(' ')

const log = { debug: () => {}, info: () => {}, warn: console.error, error: console.error }
const figures: Figure[] = []

function openRoom(database = join(newPlace().home, 'oxbow.db')): { room: MemoryRoom; close(): Promise<void> } {
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

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!

async function quality(data: RetrievalData): Promise<void> {
  const talk = openRoom()
  await importDialogues(talk.room, data)
  for (const legs of LEGS) {
    const { turns, sessions, early } = await dialogueRecall(talk.room, data, legs)
    const [least, leastSession] = legs === undefined ? [{ least: 78 }, { least: 95 }] : [{}, {}]
    figures.push({ figure: `dialogues, turn recall@10, ${nameOf(legs)}`, measured: turns * 100, unit: '%', ...least })
    figures.push({
      figure: `dialogues, session recall@10, ${nameOf(legs)}`,
      measured: sessions * 100,
      unit: '%',
      ...leastSession,
      how: 'the first ten sessions found, of fifty turns',
    })
    figures.push({ figure: `dialogues, sessions of the first ten turns, ${nameOf(legs)}`, measured: early * 100, unit: '%' })
  }
  await talk.close()
  const library = openRoom()
  await importAbstracts(library.room, data)
  const bare = 100 * (await abstractGain(library.room, data, 'bare'))
  figures.push({ figure: 'Cranfield, nDCG@10, FTS5 alone', measured: bare, unit: '%' })
  for (const legs of LEGS) {
    figures.push({
      figure: `Cranfield, nDCG@10, ${nameOf(legs)}`,
      measured: 100 * (await abstractGain(library.room, data, legs)),
      unit: '%',
      ...(legs === undefined && { least: bare * 1.1 }),
    })
  }
  await library.close()
}

async function speed(size: number, budget: number): Promise<void> {
  const name = size.toLocaleString('en-US')
  const text = zipfTexts()
  const { home } = newPlace()
  const database = join(home, 'oxbow.db')
  const filling = openDatabase({ path: database })
  const began = performance.now()
  await fillWithMemories(filling, await loadStaticModel(MODEL), size, text)
  filling.close()
  figures.push({
    figure: `filling the database, ${name} memories`,
    measured: size / ((performance.now() - began) / 1000),
    unit: '/s',
  })
  const memory = size === SIZE ? { budget: 80 } : {}
  figures.push({
    figure: `memory of searching, ${name} memories`,
    measured: await memoryOf(home, text),
    unit: 'MB',
    ...memory,
    how: 'growth of RSS of the sidecar as built, from rest',
  })
  const { room, close } = openRoom(database)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const search = async (): Promise<number> => {
    const at = performance.now()
    await room.search({ query: queryOf(text), limit: 10 })
    return performance.now() - at
  }
  const first = await search()
  const cold: number[] = []
  for (let n = 0; n < WARM_UP; n++) cold.push(await search())
  figures.push({ figure: `first search, ${name} memories`, measured: first, unit: 'ms', how: 'with the start of its thread' })
  figures.push({ figure: `the next ${WARM_UP}, p95, ${name} memories`, measured: percentile(cold, 0.95), unit: 'ms' })
  delay.enable()
  const times: number[] = []
  const processor = process.cpuUsage()
  for (let n = 0; n < QUERIES; n++) times.push(await search())
  const { user, system } = process.cpuUsage(processor)
  const how = 'the mean; what it takes where others do not take the processor'
  figures.push({
    figure: `processor time of a search, ${name} memories`,
    measured: (user + system) / 1000 / QUERIES,
    unit: 'ms',
    how,
  })
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
  figures.push({
    figure: `event loop delay p99, ${name} memories`,
    measured: delay.percentile(99) / 1e6,
    unit: 'ms',
    budget: 20,
    how: 'while searching, saving and re-indexing',
  })
  await close()
}

/** What searching adds to the memory of a sidecar. */
async function memoryOf(home: string, text: () => string): Promise<number> {
  const sidecar = await startSidecarProcess(home)
  await sidecar.client.system.status({})
  await settle(SETTLE_MS)
  const before = rssMb(sidecar.pid)
  for (let n = 0; n < QUERIES; n++) await sidecar.client.memory.search({ query: queryOf(text), limit: 10 })
  await settle(SETTLE_MS)
  const growth = rssMb(sidecar.pid) - before
  await sidecar.stop()
  return growth
}

const speedOnly = process.argv.includes('--speed')
if (speedOnly) console.log('quality: left out')
else {
  const data = readRetrievalData()
  if (data) await quality(data)
  else console.log('quality: skipped, its data is not beside the checkout')
}
if (!process.argv.includes('--quality')) await speed(SIZE, 10)
if (process.argv.includes('--million')) await speed(1_000_000, 60)
report('memory', figures)
