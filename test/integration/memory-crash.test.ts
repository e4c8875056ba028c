import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createIds, type Db, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { MemoryRoom } from '../../sidecar/memory/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { memoryBench } from '../fixtures/memory.ts'

/** Moments at which it dies; `OXBOW_KILLS=200` for the whole proof. */
const KILLS = Number(process.env.OXBOW_KILLS ?? 25)
/** Moments in one life: it is held still, its files are copied as a kill would leave them, and it goes on. At the last it is killed. */
const IN_ONE_LIFE = 5
/** They fall anywhere in this time after one another, in milliseconds. */
const SPAN_MS = 250
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const CHILD = new URL('../fixtures/memory-process.ts', import.meta.url)

test('killed at any moment of saving, correcting, forgetting and re-indexing: nothing told is lost, text and indexes agree', {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const bench = memoryBench()
  const told: Told = { saved: new Set(), forgotten: new Set() }
  let lives = 0
  for (let kill = 0; kill < KILLS; lives++) {
    await bench.room.close()
    const child = fork(CHILD, [bench.file], { execArgv: [], stdio: 'ignore' })
    child.on('message', (message: string) => {
      const [word, id] = message.split(' ') as [string, string]
      ;(word === 'saved' ? told.saved : told.forgotten).add(id)
    })
    await once(child, 'message')
    const gone = once(child, 'exit')
    for (let moment = 1; moment <= IN_ONE_LIFE && kill < KILLS; moment++, kill++) {
      await delay((SPAN_MS * ((kill * 7) % KILLS)) / KILLS)
      if (moment === IN_ONE_LIFE || kill === KILLS - 1) child.kill('SIGKILL')
      else await asLeftBy(child, bench.file, told, lives + 1)
    }
    child.kill('SIGKILL')
    await gone
    const room = await bench.reopen()
    await room.settled()
    expectAgreement(bench.db)
    expectTold(bench.db, told, lives + 1)
  }
  expect(told.saved.size).toBeGreaterThan(lives)
})

interface Told {
  saved: Set<string>
  forgotten: Set<string>
}

/** What a kill at this moment would leave: the files of a process that is held still. It goes on afterwards. */
async function asLeftBy(child: ChildProcess, file: string, told: Told, lives: number): Promise<void> {
  const copy = join(temporaryFolder(), 'oxbow.db')
  child.kill('SIGSTOP')
  await held(child)
  // Only what was told before counts: copied with the files, in one step of ours.
  const then = { saved: new Set(told.saved), forgotten: new Set(told.forgotten) }
  for (const part of ['', '-wal']) if (existsSync(file + part)) copyFileSync(file + part, copy + part)
  child.kill('SIGCONT')
  const db = openDatabase({ path: copy })
  const room = new MemoryRoom({ db, database: copy, model: '/nowhere', clock: systemClock, ids: createIds(), log: quiet })
  try {
    await room.settled()
    expectAgreement(db)
    expectTold(db, then, lives)
  } finally {
    await room.close()
    db.close()
  }
}

/** A signal takes a moment to arrive. */
async function held({ pid }: ChildProcess): Promise<void> {
  const threads = `/proc/${pid}/task`
  if (!existsSync(threads)) return delay(50)
  for (let look = 0; look < 1000; look++) {
    const states = readdirSync(threads).map((thread) => readFileSync(`${threads}/${thread}/stat`, 'utf8').split(') ').at(-1)?.[0])
    if (states.every((state) => state === 'T' || state === 'Z')) return
    await delay(2)
  }
  throw new Error('it does not hold still')
}

/** @param lives at most one forgetting in each was done and not told of any more */
function expectTold(db: Db, { saved, forgotten }: Told, lives: number): void {
  for (const id of forgotten) expect(known(db, id)).toBe(false)
  const missing = [...saved].filter((id) => !forgotten.has(id) && !known(db, id))
  expect(missing.length).toBeLessThanOrEqual(lives)
  for (const id of missing) expect(db.prepare('SELECT 1 FROM memories WHERE lineage = ?').get(id)).toBeUndefined()
}

const known = (db: Db, id: string): boolean => db.prepare('SELECT 1 FROM memories WHERE id = ?').get(id) !== undefined

function expectAgreement(db: Db): void {
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
