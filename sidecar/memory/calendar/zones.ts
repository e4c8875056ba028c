import ICAL from 'ical.js'

const formats = new Map<string, Intl.DateTimeFormat>()
const MOST_FORMATS = 200
const DAY_MS = 86_400_000
/** Years for which the changes of a zone are written beside an event. */
const YEARS = 10

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds; undefined: no such zone. */
function aheadAt(zone: string, utc: number): number | undefined {
  let format = formats.get(zone)
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      })
    } catch {
      return undefined
    }
    if (formats.size >= MOST_FORMATS) formats.clear()
    formats.set(zone, format)
  }
  const part = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!) - Math.floor(utc / 1000) * 1000
}

export const isZone = (zone: string): boolean => aheadAt(zone, 0) !== undefined

/** The same for what a clock in the zone shows, written as if it were UTC. A time that is skipped counts by the clock before; one that comes twice is the first. */
function aheadOn(zone: string, wall: number): number {
  const before = aheadAt(zone, wall - DAY_MS)!
  const after = aheadAt(zone, wall + DAY_MS)!
  if (before === after || aheadAt(zone, wall - before) === before) return before
  return aheadAt(zone, wall - after) === after ? after : before
}

/** A zone as this computer knows it: what files say of one ends somewhere, or is wrong. */
export class KnownZone extends ICAL.Timezone {
  readonly #zone: string

  constructor(zone: string) {
    super({ tzid: zone })
    this.#zone = zone
  }

  override utcOffset(time: ICAL.Time): number {
    return aheadOn(this.#zone, Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second)) / 1000
  }
}

/** A moment as a clock in the zone shows it. */
export function inZone(utc: number, zone: string): ICAL.Time {
  const wall = new Date(utc + aheadAt(zone, utc)!)
  return new ICAL.Time(
    {
      year: wall.getUTCFullYear(),
      month: wall.getUTCMonth() + 1,
      day: wall.getUTCDate(),
      hour: wall.getUTCHours(),
      minute: wall.getUTCMinutes(),
      second: wall.getUTCSeconds(),
      isDate: false,
    },
    new KnownZone(zone),
  )
}

/** A VTIMEZONE for programs that do not know the zone by its name: its changes around and after a year. */
export function describeZone(zone: string, year: number): ICAL.Component {
  const described = new ICAL.Component('vtimezone')
  described.addPropertyWithValue('tzid', zone)
  let at = Date.UTC(year - 1, 0, 1)
  const end = Date.UTC(year + YEARS, 0, 1)
  const first = aheadAt(zone, at)!
  observance(described, 'standard', at, first, first)
  let ahead = first
  for (; at < end; at += DAY_MS) {
    const next = aheadAt(zone, at + DAY_MS)!
    if (next === ahead) continue
    let [low, high] = [at, at + DAY_MS]
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000
      if (aheadAt(zone, middle) === ahead) low = middle
      else high = middle
    }
    observance(described, next > ahead ? 'daylight' : 'standard', high, ahead, next)
    ahead = next
  }
  return described
}

function observance(zone: ICAL.Component, kind: 'standard' | 'daylight', utc: number, from: number, to: number): void {
  const one = new ICAL.Component(kind)
  const wall = new Date(utc + from).toISOString().slice(0, 19)
  one.addPropertyWithValue('dtstart', ICAL.Time.fromDateTimeString(wall))
  one.addPropertyWithValue('tzoffsetfrom', ICAL.UtcOffset.fromSeconds(from / 1000))
  one.addPropertyWithValue('tzoffsetto', ICAL.UtcOffset.fromSeconds(to / 1000))
  zone.addSubcomponent(one)
}
