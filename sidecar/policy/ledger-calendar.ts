import type { Clock } from '../foundation/index.ts'

/** The person's own calendar. Days are `2026-11-21`. */
export interface Calendar {
  today(): string
}

/** No time zone changes its offset within such a quarter of an hour. */
const QUARTER_MS = 15 * 60_000

/**
 * Nothing of it is made before the first question: the tables of time zones are large.
 * @param timeZone an IANA name, such as Europe/Zurich; the computer's own where none is named
 */
export function createCalendar(clock: Clock, timeZone?: string): Calendar {
  let format: Intl.DateTimeFormat | undefined
  let quarter = Number.NaN
  let day = ''
  return {
    today() {
      const now = Date.parse(clock.iso())
      const current = Math.floor(now / QUARTER_MS)
      if (current !== quarter) {
        quarter = current
        format ??= new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
        day = format.format(now)
      }
      return day
    },
  }
}

/** The days a budget of this period counts, with the one on which it begins anew. */
export function periodOf(period: 'day' | 'month' | 'total', today: string): { from?: string; to?: string; renews?: string } {
  if (period === 'total') return {}
  if (period === 'day') return { from: today, to: today, renews: after(today, 1) }
  const first = `${today.slice(0, 7)}-01`
  const renews = `${after(first, 31).slice(0, 7)}-01`
  return { from: first, to: after(renews, -1), renews }
}

function after(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
