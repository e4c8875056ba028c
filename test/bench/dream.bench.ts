import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Memory } from '../../sidecar/contract/index.ts'
import { createIds, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { MemoryRoom } from '../../sidecar/memory/index.ts'
import { scoreOf, yearOf } from '../fixtures/memory-year.ts'
import { newPlace } from './lib/place.ts'
import { type Figure, report } from './lib/report.ts'

/** Dreams: a year of conversations with planted duplicates, contradictions and secrets, put in order. `--year`: of 2,000. */

const CONVERSATIONS = process.argv.includes('--year') ? 2000 : 400
const ASKED = 400
const HOT_TOKENS = 3000
const BYTES_PER_TOKEN = 3.5

const log = { debug: () => {}, info: () => {}, warn: console.error, error: console.error }
const database = join(newPlace().home, 'oxbow.db')
const db = openDatabase({ path: database })
const room = new MemoryRoom({ db, database, clock: systemClock, ids: createIds(), log })
const year = yearOf(CONVERSATIONS)
await room.import({ jsonl: year.lines.map((line) => JSON.stringify(line)).join('\n'), firstLine: 1 })

async function recall(): Promise<number> {
  let found = 0
  for (const { space, id, query } of year.untouched.slice(0, ASKED)) {
    const results = await room.search({ query, space, limit: 10 })
    if (results.some(({ externalId }) => externalId === id)) found++
  }
  return (found / Math.min(ASKED, year.untouched.length)) * 100
}

function present(): Memory[] {
  const rows: Memory[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = room.export({ limit: 5000, after })
    for (const line of page.jsonl.split('\n')) if (line !== '') rows.push(JSON.parse(line) as Memory)
    after = page.next
  }
  return rows.filter(({ supersededBy }) => supersededBy === undefined)
}

const before = await recall()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const used = process.threadCpuUsage()
const dream = await room.dreams.start({ cause: 'asked' }).ended
const { user, system } = process.threadCpuUsage(used)
delay.disable()
await room.settled()
const rows = present()
const score = scoreOf(
  year,
  new Set(rows.map(({ space, externalId }) => `${space} ${externalId}`)),
  rows.map(({ text }) => text),
)
const hot = Math.max(
  ...['main', 'work'].map(
    (space) => Buffer.byteLength(room.recall.contextOf(room.recall.hot({ space, agent: '' }), [])) / BYTES_PER_TOKEN,
  ),
)
const untouched = new Set(rows.map(({ space, externalId }) => `${space} ${externalId}`))
const lost = year.untouched.filter(({ space, id }) => !untouched.has(`${space} ${id}`)).length
const figures: Figure[] = [
  { figure: 'memories of the year', measured: year.lines.length, unit: '' },
  { figure: 'duplicates merged', measured: score.merged * 100, unit: '%', least: 95 },
  { figure: 'contradictions resolved to the newer', measured: score.resolved * 100, unit: '%', least: 90 },
  { figure: 'secrets kept', measured: score.secretsKept, unit: '', budget: 0 },
  { figure: 'recall@10 of untouched facts before', measured: before, unit: '%' },
  { figure: 'recall@10 of untouched facts after', measured: await recall(), unit: '%', least: before },
  { figure: 'untouched facts lost', measured: lost, unit: '', budget: 0 },
  { figure: 'hot memories', measured: hot, unit: 'tokens', budget: HOT_TOKENS },
  { figure: 'digests written', measured: dream.counts.digested, unit: '' },
  { figure: 'the dream took', measured: dream.ms / 1000, unit: 's' },
  { figure: 'processor time of the main thread', measured: (user + system) / 1e6, unit: 's' },
  { figure: 'event loop delay p99 during it', measured: delay.percentile(99) / 1e6, unit: 'ms', budget: 20 },
]
const undone = await room.dreams.undo({ id: dream.id })
figures.push({ figure: 'changes that could not be taken back', measured: undone.kept, unit: '', budget: 0 })
await room.close()
db.close()
report('dream', figures)
