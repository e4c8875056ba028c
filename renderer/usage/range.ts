/** The stretches of time a person can look at. */
export const RANGES = [
  { range: '7', name: '7 days' },
  { range: '30', name: '30 days' },
  { range: '90', name: '90 days' },
  { range: 'month', name: 'This month' },
  { range: 'all', name: 'All' },
] as const
export type Range = (typeof RANGES)[number]['range']

/** The first day of a stretch that ends today; undefined: from the beginning. Days are `2026-11-21`. */
export function firstDay(range: Range, today: string): string | undefined {
  if (range === 'all') return undefined
  if (range === 'month') return `${today.slice(0, 7)}-01`
  return shifted(today, 1 - Number(range))
}

/** Every day from one to another, both included; at most 1,000, the newest. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = []
  for (let day = to; day >= from && days.length < 1000; day = shifted(day, -1)) days.push(day)
  return days.reverse()
}

/** The day in this window's own calendar. */
export const localDay = (time: Date = new Date()): string =>
  `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}-${String(time.getDate()).padStart(2, '0')}`

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
