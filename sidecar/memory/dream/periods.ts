/** What is summed up at once, from short to long. */
export const LEVELS = ['day', 'week', 'month', 'all'] as const
export type Level = (typeof LEVELS)[number]

const DAY_MS = 86_400_000

/** The name of the period of a level that a moment is in: `2026-05-01`, `2026-W18`, `2026-05`, `all`. */
export function periodOf(level: Level, at: string): string {
  if (level === 'day') return at.slice(0, 10)
  if (level === 'month') return at.slice(0, 7)
  return level === 'all' ? 'all' : weekOf(at)
}

/** The week by ISO 8601: it belongs to the year of its Thursday. */
function weekOf(at: string): string {
  const day = Date.parse(`${at.slice(0, 10)}T00:00:00Z`)
  const weekday = (new Date(day).getUTCDay() + 6) % 7
  const thursday = new Date(day + (3 - weekday) * DAY_MS)
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.floor((thursday.getTime() - first) / (7 * DAY_MS)) + 1
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}
