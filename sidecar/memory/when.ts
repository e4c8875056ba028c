import { OxbowError } from '../foundation/index.ts'

export const MONTHS = [
  ['january', 'jan', 'januar', 'jänner'],
  ['february', 'feb', 'februar'],
  ['march', 'mar', 'märz', 'mär', 'maerz'],
  ['april', 'apr'],
  ['may', 'mai'],
  ['june', 'jun', 'juni'],
  ['july', 'jul', 'juli'],
  ['august', 'aug'],
  ['september', 'sep', 'sept'],
  ['october', 'oct', 'oktober', 'okt'],
  ['november', 'nov'],
  ['december', 'dec', 'dezember', 'dez'],
] as const

/** From 0; undefined when it is no month's name. */
export function monthOf(word: string): number | undefined {
  const at = MONTHS.findIndex((names) => (names as readonly string[]).includes(word.toLowerCase().replace(/\.$/, '')))
  return at === -1 ? undefined : at
}

const ISO = /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i
const CLOCK = /\b(\d{1,2})(?::(\d{2}))(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?|\b(\d{1,2})\s*(am|pm|a\.m\.|p\.m\.)/i
const DAY_MONTH = /\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(\p{L}+)\.?,?\s+(\d{4})\b/iu
const MONTH_DAY = /(\p{L}+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b/iu
const MONTH_YEAR = /(\p{L}+)\.?,?\s+(\d{4})\b/iu
const DOTTED = /\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b/
const SLASHED = /\b(\d{1,4})\/(\d{1,2})\/(\d{1,4})\b/
const UNIX = /^\d{10}(?:\d{3})?$/

/**
 * A time in any usual wording as ISO 8601 UTC: `2026-05-01T10:00Z`, `1:56 pm on 8 May, 2023`, `May 8, 2023`, `8.5.2023`,
 * `5/8/2023` (month first), seconds or milliseconds since 1970. Without a zone it is taken as UTC, so that it means the same everywhere.
 * @throws OxbowError `memory.when`
 */
export function parseWhen(text: string): string {
  const trimmed = text.trim()
  const date = UNIX.test(trimmed)
    ? new Date(Number(trimmed) * (trimmed.length === 10 ? 1000 : 1))
    : (iso(trimmed) ?? worded(trimmed))
  if (!date || Number.isNaN(date.getTime()))
    throw new OxbowError(
      'BAD_REQUEST',
      'memory.when',
      `"${text.slice(0, 60)}" is no time that can be read`,
      'Write it like 2026-05-01, 2026-05-01T10:00:00Z or 1:56 pm on 8 May, 2023.',
    )
  return date.toISOString()
}

function iso(text: string): Date | undefined {
  const found = ISO.exec(text)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = found
  const ms = fraction === undefined ? 0 : Math.trunc(Number(fraction) * 1000)
  const at = utc(
    Number(year),
    Number(month) - 1,
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    ms,
  )
  if (!at || zone === undefined || zone.toUpperCase() === 'Z') return at
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return new Date(at.getTime() - (zone.startsWith('-') ? -offset : offset) * 60_000)
}

function worded(text: string): Date | undefined {
  const day = dayIn(text)
  if (!day) return undefined
  const [hour, minute, second] = clockIn(text.replace(day.written, ' '))
  return utc(day.year, day.month, day.day, hour, minute, second, 0)
}

function dayIn(text: string): { year: number; month: number; day: number; written: string } | undefined {
  const dotted = DOTTED.exec(text)
  if (dotted) return { day: Number(dotted[1]), month: Number(dotted[2]) - 1, year: Number(dotted[3]), written: dotted[0] }
  const slashed = SLASHED.exec(text)
  if (slashed) {
    const [written, a, b, c] = slashed as unknown as [string, string, string, string]
    if (a.length === 4) return { year: Number(a), month: Number(b) - 1, day: Number(c), written }
    return { month: Number(a) - 1, day: Number(b), year: Number(c), written }
  }
  const dayFirst = DAY_MONTH.exec(text)
  const month = dayFirst && monthOf(dayFirst[2]!)
  if (dayFirst && month !== null && month !== undefined)
    return { day: Number(dayFirst[1]), month, year: Number(dayFirst[3]), written: dayFirst[0] }
  const monthFirst = MONTH_DAY.exec(text)
  const first = monthFirst && monthOf(monthFirst[1]!)
  if (monthFirst && first !== null && first !== undefined)
    return { day: Number(monthFirst[2]), month: first, year: Number(monthFirst[3]), written: monthFirst[0] }
  const alone = MONTH_YEAR.exec(text)
  const only = alone && monthOf(alone[1]!)
  if (alone && only !== null && only !== undefined) return { day: 1, month: only, year: Number(alone[2]), written: alone[0] }
  return undefined
}

function clockIn(text: string): [number, number, number] {
  const found = CLOCK.exec(text)
  if (!found) return [0, 0, 0]
  const half = (found[4] ?? found[6])?.toLowerCase()
  const hour = Number(found[1] ?? found[5])
  const shifted = half === undefined ? hour : (hour % 12) + (half.startsWith('p') ? 12 : 0)
  return [shifted, Number(found[2] ?? 0), Number(found[3] ?? 0)]
}

/** Undefined where the calendar or the clock has no such time (30 February, 25:00). */
function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): Date | undefined {
  const date = new Date(Date.UTC(year, month, day, hour, minute, second, ms))
  const same =
    date.getUTCMonth() === month && date.getUTCDate() === day && date.getUTCHours() === hour && minute < 60 && second < 60
  return same ? date : undefined
}
