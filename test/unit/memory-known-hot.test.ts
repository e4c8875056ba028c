import { expect, test } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { KnownHot } from '../../sidecar/memory/recall/known-hot.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

const REACH = { space: 'main', agent: '' }

test('what is hot is found out once, and again after a change or a minute', () => {
  const { db, room } = memoryBench()
  let ms = Date.parse('2026-11-21T10:00:00Z')
  let times = 0
  const known = new KnownHot(db, { ...systemClock, iso: () => new Date(ms).toISOString() }, (reach) => {
    times++
    return room.recall.hot(reach)
  })
  const memory = room.save(remember('The boat lies in Kiel', { type: 'episode' }))
  expect([known.ids(REACH).has(memory.id), known.ids(REACH).has(memory.id), times]).toEqual([false, false, 1])
  known.ids({ space: 'other', agent: '' })
  expect(times).toBe(2)
  room.update({ id: memory.id, pinned: true })
  expect([known.ids(REACH).has(memory.id), known.ids(REACH).has(memory.id), times]).toEqual([true, true, 3])
  ms += 61_000
  known.ids(REACH)
  ms -= 3_600_000
  known.ids(REACH)
  expect(times).toBe(5)
})
