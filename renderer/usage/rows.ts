import { amount, dollars, type UsageBy, type UsageRow, type UsageSum } from '../../sidecar/contract/index.ts'
import { compact } from '../ui/format.ts'
import type { Bar } from './chart.tsx'
import { daysBetween } from './range.ts'

export type Metric = 'cost' | 'tokens' | 'calls'

/** Bars beside each other that can still be told apart. */
const MOST_BARS = 12
const LABEL_LENGTH = 14

export const tokensOf = ({ usage }: UsageSum): number => usage.input + usage.output + usage.cacheRead + usage.cacheWrite

const VALUE: Record<Metric, (sum: UsageSum) => number> = {
  cost: (sum) => sum.costMicros,
  tokens: tokensOf,
  calls: (sum) => sum.calls,
}

const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export const SHOW: Record<Metric, (value: number) => string> = {
  cost: dollars,
  tokens: (value) => SHORT.format(value),
  calls: (value) => SHORT.format(value),
}

/** What is known of a cost: an unknown price is never a zero. */
export function costWords({
  calls,
  unpricedCalls,
  costMicros,
}: Pick<UsageSum, 'calls' | 'unpricedCalls' | 'costMicros'>): string {
  if (unpricedCalls === 0) return dollars(costMicros)
  return unpricedCalls === calls ? 'unknown' : `at least ${dollars(costMicros)}`
}

export function nameOf(by: UsageBy, { key, label }: UsageRow): string {
  if (by === 'agent' && key === '') return 'No agent'
  if (by === 'session' && key === '') return 'Trying providers'
  return label ?? key
}

/** The rows as bars; days on which nothing happened are there too. */
export function toBars(by: UsageBy, rows: readonly UsageRow[], metric: Metric, days?: { from: string; to: string }): Bar[] {
  const shown =
    by === 'day' || by === 'month' ? rows : [...rows].sort((a, b) => VALUE[metric](b) - VALUE[metric](a)).slice(0, MOST_BARS)
  const bars = shown.map((row) => ({
    key: row.key,
    label: shortName(by, nameOf(by, row)),
    value: VALUE[metric](row),
    words: `${nameOf(by, row)}: ${costWords(row)} · ${compact(tokensOf(row))} tokens · ${amount('calls', row.calls)}`,
  }))
  if (by !== 'day' || !days) return bars
  const byDay = new Map(bars.map((bar) => [bar.key, bar]))
  return daysBetween(days.from, days.to).map(
    (day) => byDay.get(day) ?? { label: shortName('day', day), value: 0, words: `${day}: nothing` },
  )
}

function shortName(by: UsageBy, name: string): string {
  if (by === 'day') return new Date(`${name}T00:00`).toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
  if (by === 'month') return name
  const last = by === 'model' ? (name.split('/').at(-1) ?? name) : name
  return last.length > LABEL_LENGTH ? `${last.slice(0, LABEL_LENGTH - 1)}…` : last
}
