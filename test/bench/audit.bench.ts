import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { type AuditEvent, fileKeys, openAudit, verifyExport, Witness } from '../../sidecar/audit/index.ts'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { atomically, createIds, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { newPlace } from './lib/place.ts'
import { report } from './lib/report.ts'
import { median, percentile } from './lib/samples.ts'

/** The audit record: writing, what it costs a turn, and verifying. Entries are what a tool call leaves: about 500 bytes. */

const ENTRIES = 100_000
const BATCH = 512
const ROUNDS = 5
/** Entries that wait behind one turn's write. */
const IN_TURN = 2

const { home } = newPlace()
/** As it is shipped: to read the sources takes longer than the work. */
const worker = join(import.meta.dirname, '../../out/main/audit-worker.cjs')
const db = openDatabase({ path: join(home, 'oxbow.db') })
const audit = openAudit({
  db,
  clock: systemClock,
  keys: fileKeys(join(home, 'audit.pem')),
  witnesses: [new Witness(join(home, 'checkpoints.jsonl'), true)],
  worker,
  journal: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
const ids = createIds()
const session = ids.session()
const turn = ids.turn()
const event = (n: number): AuditEvent => ({
  kind: 'toolCall',
  actor: 'agent',
  session,
  turn,
  tool: 'edit',
  tier: 'write',
  title: `edit src/file-${n}.ts`,
  content: { path: `src/file-${n}.ts`, edits: [{ find: 'const a = 1', replace: `const a = ${n}` }] },
})

let size = 0
const began = performance.now()
for (; size < ENTRIES; size++) {
  audit.record(event(size))
  if (size % BATCH === BATCH - 1) await breathe()
}
audit.flush()
const appended = performance.now() - began
await audit.head()

/** What a turn waits for: taking note of an event; and writing two inside a transaction that it makes anyway. */
const noting: number[] = []
const writing: number[] = []
for (let n = 0; n < 2000; n++, size += IN_TURN) {
  const a = performance.now()
  for (let k = 0; k < IN_TURN; k++) audit.record(event(n))
  const b = performance.now()
  atomically(db, () => audit.flush())
  const c = performance.now()
  if (n >= 200) {
    noting.push(((b - a) / IN_TURN) * 1000)
    writing.push(((c - b) / IN_TURN) * 1000)
  }
  if (n % 50 === 0) await breathe()
}

/** The machine is shared: the best of some rounds is nearest to what the work takes. */
async function best(verify: () => Promise<AuditReport>): Promise<number> {
  const rounds: number[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const found = await verify()
    if (!found.ok || found.entries !== size) throw new Error(`the record is broken: ${JSON.stringify(found)}`)
    rounds.push(found.durationMs)
  }
  return Math.min(...rounds)
}
const inside = await best(() => audit.verify())

const pieces: Buffer[] = []
for await (const { lines } of audit.export({}, new AbortController().signal)) pieces.push(Buffer.from(`${lines.join('\n')}\n`))
const outside = await best(() => verifyExport(pieces, { clock: systemClock, witnesses: [] }))

const proofs: number[] = []
for (let n = 0; n < 200; n++) {
  const start = performance.now()
  await audit.prove({ position: Math.floor((size / 200) * n) })
  proofs.push(performance.now() - start)
}
await audit.close()
db.close()

const per = (ms: number, count: number): number => (ms * 1000) / count
report('audit', [
  {
    figure: 'append, batched',
    measured: per(appended, ENTRIES),
    unit: 'us',
    budget: 50,
    how: `per entry, ${ENTRIES} in batches of ${BATCH}, signing included: ${Math.round((ENTRIES / appended) * 1000)} a second`,
  },
  { figure: 'noting one event', measured: median(noting), unit: 'us', budget: 100, how: 'p50 of what a turn waits for' },
  {
    figure: 'writing one event with the turn',
    measured: median(writing),
    unit: 'us',
    budget: 100,
    how: `p50, ${IN_TURN} in a transaction`,
  },
  { figure: 'writing one event with the turn, p95', measured: percentile(writing, 0.95), unit: 'us' },
  {
    figure: 'verify, database',
    measured: per(inside, size),
    unit: 'us',
    budget: 3.34,
    how: `per entry of ${size}: ${Math.round((size / inside) * 1000)} a second, best of ${ROUNDS}, threads started each time`,
  },
  {
    figure: 'verify, export',
    measured: per(outside, size),
    unit: 'us',
    budget: 3.34,
    how: `per entry, lines in memory, best of ${ROUNDS}: ${Math.round((size / outside) * 1000)} a second`,
  },
  { figure: 'proof of one entry', measured: median(proofs), unit: 'ms', budget: 10 },
])
