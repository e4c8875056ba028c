import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LearnProgress } from '../../sidecar/kernel/index.ts'
import { ids } from '../fixtures/log.ts'
import { memoryBench } from '../fixtures/memory.ts'

/** How often it is killed; `OXBOW_KILLS=200` for the whole proof. */
const KILLS = Number(process.env.OXBOW_KILLS ?? 3)
/** A kill falls anywhere in this time after the first turn, in milliseconds. */
const SPAN_MS = 400
const CHILD = new URL('../fixtures/memory-learn-process.ts', import.meta.url)

test('killed at any moment of learning: no turn is lost, and none is learned twice', {
  timeout: 30_000 + KILLS * 5000,
}, async () => {
  const bench = memoryBench()
  const session = ids.session()
  let told = 0
  for (let kill = 0; kill < KILLS; kill++) {
    await bench.room.close()
    const child = fork(CHILD, [bench.file, session], { execArgv: [], stdio: 'ignore' })
    child.on('message', (turn: number) => {
      told = Math.max(told, turn)
    })
    await once(child, 'message')
    await delay((SPAN_MS * kill) / KILLS)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const room = await bench.reopen()
    const reached = new LearnProgress(bench.db).of(session)
    expect(reached).toBeGreaterThanOrEqual(told)
    const texts = room
      .export({ limit: 5000 })
      .jsonl.trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text)
    const wanted = Array.from({ length: reached }, (_, at) => [
      `The number of turn${at + 1} is n${(at + 1) * 7}`,
      `Our colour of day${at + 1} is hue${at + 1}`,
    ])
    expect(texts.toSorted()).toEqual(wanted.flat().toSorted())
  }
  expect(told).toBeGreaterThan(KILLS)
})
