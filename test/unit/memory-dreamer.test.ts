import { afterEach, expect, test, vi } from 'vitest'
import { Dreamer, type MemoryPort } from '../../sidecar/kernel/index.ts'
import type { MemoryBench } from '../fixtures/memory.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

const HOUR = 3_600_000
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

afterEach(() => void vi.useRealTimers())

/** A dreamer whose clock stands where the test puts it; timers are fake, memory and its thread are real. */
function dreamerOf(
  bench: MemoryBench,
  from: string,
  more: { wanted?: boolean; onPower?: () => boolean; away?: () => boolean } = {},
) {
  vi.useFakeTimers({ now: Date.parse(from), toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const port: MemoryPort = { open: () => Promise.resolve(bench.room), any: () => true }
  const start = vi.spyOn(bench.room.dreams, 'start')
  const dreamer = new Dreamer({
    db: bench.db,
    clock: { iso: () => new Date().toISOString(), ms: () => performance.now() },
    memory: port,
    journal: quiet,
    wanted: () => more.wanted ?? true,
    at: () => '03:00',
    onPower: more.onPower ?? (() => true),
    away: more.away ?? (() => true),
    model: () => undefined,
    dreamTokens: () => 0,
  } as never)
  return { dreamer, start }
}

test('nothing to do: no timer at all', () => {
  const bench = memoryBench()
  const { dreamer } = dreamerOf(bench, '2026-05-05T12:00:00')
  dreamer.plan()
  expect(vi.getTimerCount()).toBe(0)
})

test('switched off: no timer, whatever there is', () => {
  const bench = memoryBench()
  bench.room.save(remember('The shed is green'))
  const { dreamer } = dreamerOf(bench, '2026-05-05T12:00:00', { wanted: false })
  dreamer.plan()
  expect(vi.getTimerCount()).toBe(0)
})

test('what changed waits for the night, for power, and for the turns to rest', async () => {
  const bench = memoryBench()
  bench.room.save(remember('The shed is green'))
  let power = false
  // Later than what was saved just now.
  const begin = new Date(Date.now() + 24 * HOUR)
  begin.setHours(12, 0, 0, 0)
  const { dreamer, start } = dreamerOf(bench, begin.toISOString(), { onPower: () => power })
  dreamer.plan()
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(14 * HOUR)
  expect(start).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1.5 * HOUR)
  expect(start).not.toHaveBeenCalled()
  power = true
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(start).toHaveBeenCalledTimes(1)
  dreamer.turnBegan()
  await dreamer.stop()
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
})

test('it waits while somebody sits at the computer, begins once they left, and rests on battery', async () => {
  const bench = memoryBench()
  bench.room.save(remember('The shed is green'))
  const here = { power: true, away: false }
  const begin = new Date(Date.now() + 48 * HOUR)
  begin.setHours(12, 0, 0, 0)
  const { dreamer, start } = dreamerOf(bench, begin.toISOString(), { onPower: () => here.power, away: () => here.away })
  dreamer.plan()
  await vi.advanceTimersByTimeAsync(20 * HOUR)
  expect(start).not.toHaveBeenCalled()
  here.away = true
  dreamer.powerChanged()
  await vi.advanceTimersByTimeAsync(1000)
  expect(start).toHaveBeenCalledTimes(1)
  const pause = vi.spyOn(bench.room.dreams, 'pause')
  here.power = false
  dreamer.powerChanged()
  await vi.waitFor(() => expect(pause).toHaveBeenCalled())
  vi.useRealTimers()
  await dreamer.stop()
})
