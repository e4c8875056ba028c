import { monthOf } from '../when.ts'

export interface Span {
  from: string
  to: string
}

const YEAR = '(?:19|20)\\d{2}'
const DAY_MONTH = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?(\\p{L}+)\\.?,?(?:\\s+(${YEAR}))?\\b`, 'giu')
const MONTH_DAY = new RegExp(`(?<!\\p{L})(\\p{L}+)\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(${YEAR}))?\\b`, 'giu')
const MONTH = new RegExp(
  `(?:\\b(in|last|this|since|im|letzten|letzter|seit)\\s+)?(?<!\\p{L})(\\p{L}{3,})\\.?,?(?:\\s+(${YEAR}))?(?![\\p{L}\\d])`,
  'giu',
)
const BARE_YEAR = new RegExp(`\\b(?:in|of|during|since|seit|im jahr)\\s+(${YEAR})\\b`, 'iu')
const ISO_DAY = /\b(\d{4})-(\d{2})(?:-(\d{2}))?\b/
const AGO =
  /\b(\d{1,3}|an?|one|two|three|einem|einer|zwei|drei)\s+(day|week|month|year|tage?n?|wochen?|monate?n?|jahre?n?)s?\s+ago\b/i
const VOR = /\bvor\s+(\d{1,3}|einem|einer|zwei|drei)\s+(tag|woche|monat|jahr)\p{L}*/iu
const COUNTS: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, einem: 1, einer: 1, zwei: 2, drei: 3 }

/** The time that a query names ("last May", "8 May 2023", "two weeks ago", "gestern"); undefined when it names none. */
export function timeIn(query: string, nowIso: string): Span | undefined {
  const now = new Date(nowIso)
  return exactDay(query, now) ?? relative(query, now) ?? namedMonth(query, now) ?? year(query)
}

function exactDay(query: string, now: Date): Span | undefined {
  const iso = ISO_DAY.exec(query)
  if (iso)
    return iso[3] === undefined
      ? monthSpan(Number(iso[1]), Number(iso[2]) - 1)
      : daySpan(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]))
  for (const [, day, name, named] of query.matchAll(DAY_MONTH)) {
    const month = monthOf(name!)
    if (month !== undefined) return daySpan(yearOf(named, month, now), month, Number(day))
  }
  for (const [, name, day, named] of query.matchAll(MONTH_DAY)) {
    const month = monthOf(name!)
    if (month !== undefined) return daySpan(yearOf(named, month, now), month, Number(day))
  }
  return undefined
}

/** A month's name counts when a preposition or a year shows that it is one: "may" and "march" are words, too. */
function namedMonth(query: string, now: Date): Span | undefined {
  for (const [, lead, name, named] of query.matchAll(MONTH)) {
    const month = monthOf(name!)
    if (month !== undefined && (lead !== undefined || named !== undefined)) return monthSpan(yearOf(named, month, now), month)
  }
  return undefined
}

function relative(query: string, now: Date): Span | undefined {
  const text = query.toLowerCase()
  const day = (back: number): Span => daySpan(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - back)
  if (/\b(today|heute)\b/.test(text)) return day(0)
  if (/\b(day before yesterday|vorgestern)\b/.test(text)) return day(2)
  if (/\b(yesterday|gestern)\b/.test(text)) return day(1)
  if (/\b(last|past|letzte[rn]?|vergangene[rn]?) (week|woche)\b/.test(text)) return { from: day(13).from, to: day(0).to }
  if (/\b(last|letzte[rn]?|vergangene[rn]?) (month|monat)\b/.test(text))
    return monthSpan(now.getUTCFullYear(), now.getUTCMonth() - 1)
  if (/\b(last|letzte[sn]?|vergangene[sn]?) (year|jahr)\b/.test(text)) return yearSpan(now.getUTCFullYear() - 1)
  const ago = AGO.exec(text) ?? VOR.exec(text)
  if (!ago) return undefined
  const count = COUNTS[ago[1]!] ?? Number(ago[1])
  const unit = ago[2]!
  if (/^(day|tag)/.test(unit)) return day(count)
  if (/^(week|woche)/.test(unit)) return { from: day(count * 7 + 4).from, to: day(count * 7 - 4).to }
  if (/^mon/.test(unit)) return monthSpan(now.getUTCFullYear(), now.getUTCMonth() - count)
  return yearSpan(now.getUTCFullYear() - count)
}

function year(query: string): Span | undefined {
  const found = BARE_YEAR.exec(query)
  return found ? yearSpan(Number(found[1])) : undefined
}

/** The newest such month that has begun. */
function yearOf(named: string | undefined, month: number, now: Date): number {
  if (named !== undefined) return Number(named)
  return now.getUTCMonth() >= month ? now.getUTCFullYear() : now.getUTCFullYear() - 1
}

const iso = (year: number, month: number, day: number): string => new Date(Date.UTC(year, month, day)).toISOString()
const daySpan = (year: number, month: number, day: number): Span => ({
  from: iso(year, month, day),
  to: iso(year, month, day + 1),
})
const monthSpan = (year: number, month: number): Span => ({ from: iso(year, month, 1), to: iso(year, month + 1, 1) })
const yearSpan = (year: number): Span => ({ from: iso(year, 0, 1), to: iso(year + 1, 0, 1) })
