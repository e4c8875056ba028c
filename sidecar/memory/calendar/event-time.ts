import ICAL from 'ical.js'
import { OxbowError } from '../../foundation/index.ts'
import { inZone, isZone, KnownZone } from './zones.ts'

const HAS_OFFSET = /(Z|[+-]\d{2}:\d{2})$/

/** A time as the contract writes it, in a zone. @throws OxbowError `calendar.zone`, `calendar.time` */
export function toTime(text: string, zone: string): ICAL.Time {
  if (!isZone(zone))
    throw new OxbowError('BAD_REQUEST', 'calendar.zone', `there is no time zone "${zone}"`, 'Name one such as Europe/Berlin.')
  const wall = text.replace(/\.\d+/, '').replace(HAS_OFFSET, '')
  const [day = '', clock] = wall.split('T')
  const moment = Date.parse(clock === undefined ? `${day}T00:00:00Z` : `${day}T${clock}${HAS_OFFSET.exec(text)?.[0] ?? 'Z'}`)
  const real = !Number.isNaN(moment) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
  if (!real)
    throw new OxbowError(
      'BAD_REQUEST',
      'calendar.time',
      `"${text}" is no time`,
      'Write it such as 2026-05-04T10:00, or 2026-05-04.',
    )
  if (clock === undefined) return ICAL.Time.fromDateString(day)
  if (HAS_OFFSET.test(text)) return inZone(moment, zone)
  const time = ICAL.Time.fromDateTimeString(`${day}T${clock.length === 5 ? `${clock}:00` : clock}`)
  time.zone = new KnownZone(zone)
  return time
}

/** ISO 8601 in UTC, or the date alone. A time without a zone is one on this computer's clock. */
export const fromTime = (time: ICAL.Time): string => (time.isDate ? time.toString() : time.toJSDate().toISOString())

/** To compare with others, in milliseconds. Whole days begin at midnight on this computer. */
export const momentOf = (time: ICAL.Time): number =>
  time.isDate ? new Date(time.year, time.month - 1, time.day).getTime() : time.toJSDate().getTime()
