import { expect, test } from 'vitest'
import { fullness } from '../../renderer/usage/budgets.ts'
import { daysBetween, firstDay, localDay } from '../../renderer/usage/range.ts'
import { costWords, toBars } from '../../renderer/usage/rows.ts'
import type { UsageRow } from '../../sidecar/contract/index.ts'

const row = (key: string, costMicros: number, calls = 1, unpricedCalls = 0): UsageRow => ({
  key,
  calls,
  unpricedCalls,
  costMicros,
  usage: { input: costMicros, output: 1, cacheRead: 0, cacheWrite: 0 },
})

test('a stretch of time begins on a day of the calendar', () => {
  expect(firstDay('7', '2026-03-02')).toBe('2026-02-24')
  expect(firstDay('month', '2026-03-02')).toBe('2026-03-01')
  expect(firstDay('all', '2026-03-02')).toBeUndefined()
  expect(daysBetween('2026-02-27', '2026-03-02')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'])
  expect(daysBetween('1970-01-01', '2026-03-02')).toHaveLength(1000)
  expect(localDay(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05')
})

test('days on which nothing happened have a bar of nothing', () => {
  const bars = toBars('day', [row('2026-03-01', 500_000)], 'cost', { from: '2026-02-28', to: '2026-03-02' })
  expect(bars.map((bar) => bar.value)).toEqual([0, 500_000, 0])
  expect(bars[1]!.words).toBe('2026-03-01: $0.50 · 500.0k tokens · 1 call')
})

test('of many models the greatest are shown, by the name they go by', () => {
  const rows = Array.from({ length: 20 }, (_, index) => row(`vendor/a-model-of-a-long-name-${index}`, index))
  const bars = toBars('model', rows, 'cost')
  expect(bars).toHaveLength(12)
  expect(bars[0]).toMatchObject({ label: 'a-model-of-a-…', value: 19 })
})

test('an unknown cost is never shown as zero', () => {
  expect(costWords(row('x', 0, 2, 2))).toBe('unknown')
  expect(costWords(row('x', 1_000_000, 2, 1))).toBe('at least $1.00')
  expect(costWords(row('x', 0, 2))).toBe('$0.00')
})

test('a budget warns from four fifths on', () => {
  expect([0, 79, 80, 99, 100, 120].map((used) => fullness({ used, limit: 100 }))).toEqual([
    'well',
    'well',
    'nearly',
    'nearly',
    'used',
    'used',
  ])
})
