import { randomUUID } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import ICAL from 'ical.js'
import type { AddEvent, CalendarEvent, CalendarProblem, ListCalendar, RemoveEvent, UpdateEvent } from '../../contract/index.ts'
import { type Clock, OxbowError } from '../../foundation/index.ts'
import { fromTime, momentOf, toTime } from './event-time.ts'
import { type IcsFile, IcsFiles } from './ics-files.ts'
import { describeZone } from './zones.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
/** Longer is not expanded. */
const MOST_DAYS = 800
/** Steps of one recurring event, from its beginning on: a daily one of a hundred years. */
const MOST_STEPS = 40_000
/** Where it is kept who wrote an event. */
const TAINT = 'x-oxbow-taint'

/** The person's calendars: `.ics` files in a folder, which other programs read and write, too. */
export class Calendar {
  readonly #files: IcsFiles
  readonly #clock: Clock
  /** Writers come one after the other. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(folder: () => string, clock: Clock) {
    this.#files = new IcsFiles(folder)
    this.#clock = clock
  }

  /** What is between two times, earliest first. A file that cannot be read is named, and the others are read. */
  async list({ from, to, limit }: ListCalendar): Promise<{
    folder: string
    events: CalendarEvent[]
    problems: CalendarProblem[]
  }> {
    const begin = from === undefined ? Date.parse(this.#clock.iso()) : momentOf(toTime(from, ownZone()))
    const end = to === undefined ? begin + DEFAULT_DAYS * DAY_MS : momentOf(toTime(to, ownZone()))
    if (end - begin > MOST_DAYS * DAY_MS || end < begin)
      throw new OxbowError(
        'BAD_REQUEST',
        'calendar.window',
        `from ${from ?? 'now'} to ${to} cannot be listed`,
        `Name two times in order, at most ${MOST_DAYS} days apart.`,
      )
    const events: CalendarEvent[] = []
    const problems: CalendarProblem[] = []
    for (const name of await this.#files.names()) {
      try {
        const file = await this.#files.read(name)
        for (const event of file ? eventsOf(file) : []) {
          events.push(...occurrences(name, event, begin, end, limit))
          await breathe()
        }
      } catch (error) {
        problems.push({ file: name, message: error instanceof Error ? error.message : String(error) })
      }
    }
    events.sort((a, b) => (a.start === b.start ? (a.title < b.title ? -1 : 1) : a.start < b.start ? -1 : 1))
    return { folder: this.#files.folder, events: events.slice(0, limit), problems }
  }

  /** @param taint of the conversation that it comes from. @throws OxbowError `calendar.*` */
  add({ file: name, ...fields }: AddEvent, taint: readonly string[] = []): Promise<CalendarEvent> {
    return this.#write(name, (file) => {
      if (file.calendars.length === 0) file.calendars.push(emptyCalendar())
      const calendar = file.calendars[0]!
      const made = new ICAL.Component('vevent')
      made.addPropertyWithValue('uid', randomUUID())
      calendar.addSubcomponent(made)
      this.#set(calendar, made, fields)
      label(made, taint)
      return made
    })
  }

  /** @throws OxbowError `calendar.notFound`, `calendar.*` */
  update({ id, ...fields }: UpdateEvent, taint: readonly string[] = []): Promise<CalendarEvent> {
    const { name, uid } = partsOf(id)
    return this.#write(name, (file) => {
      const { component } = find(file, uid, id)
      this.#set(component.parent!, component, fields)
      component.updatePropertyWithValue('sequence', Number(component.getFirstPropertyValue('sequence') ?? 0) + 1)
      label(component, taint)
      return component
    })
  }

  /** @throws OxbowError `calendar.notFound`, `calendar.*` */
  async remove({ id, occurrence }: RemoveEvent): Promise<void> {
    const { name, uid } = partsOf(id)
    await this.#write(name, (file) => {
      const { component } = find(file, uid, id)
      const same = component.parent!.getAllSubcomponents('vevent').filter((one) => one.getFirstPropertyValue('uid') === uid)
      if (occurrence === undefined) {
        for (const one of same) one.parent!.removeSubcomponent(one)
        return component
      }
      const start = component.getFirstPropertyValue('dtstart') as ICAL.Time
      const zone = component.getFirstProperty('dtstart')!.getFirstParameter('tzid') || 'UTC'
      const left = start.isDate ? toTime(occurrence.slice(0, 10), zone) : toTime(occurrence, zone)
      timeProperty(component, 'exdate', left, start.isDate ? undefined : zone, true)
      // What was said of this occurrence alone goes with it.
      for (const one of same) {
        const of = one.getFirstPropertyValue('recurrence-id') as ICAL.Time | null
        if (of && fromTime(of) === fromTime(left)) one.parent!.removeSubcomponent(one)
      }
      return component
    })
  }

  /** Reads the file as it is now, changes it and writes it; nothing is written where anything fails. */
  async #write(name: string, change: (file: IcsFile) => ICAL.Component): Promise<CalendarEvent> {
    const before = this.#writing
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#writing = promise
    await before
    try {
      const file = (await this.#files.read(name)) ?? { name, calendars: [] }
      const changed = change(file)
      const event = asEvent(name, new ICAL.Event(changed))
      await this.#files.write(file)
      return event
    } finally {
      resolve()
    }
  }

  #set(calendar: ICAL.Component, component: ICAL.Component, fields: Omit<UpdateEvent, 'id'>): void {
    const { title, start, end, location, description, rule } = fields
    const kept = component.getFirstProperty('dtstart')?.getFirstParameter('tzid')
    const zone = fields.zone ?? (kept || ownZone())
    if (start !== undefined || end !== undefined || fields.zone !== undefined) this.#setTimes(component, start, end, zone)
    if (rule !== undefined) setRule(component, rule)
    for (const [name, value] of Object.entries({ summary: title, location, description }))
      if (value !== undefined) component.updatePropertyWithValue(name, value)
    component.updatePropertyWithValue('dtstamp', ICAL.Time.fromJSDate(new Date(this.#clock.iso()), true))
    const used = component.getFirstProperty('dtstart')?.getFirstParameter('tzid')
    const described = calendar.getAllSubcomponents('vtimezone').some((one) => one.getFirstPropertyValue('tzid') === used)
    if (used && !described) {
      const { year } = component.getFirstPropertyValue('dtstart') as ICAL.Time
      calendar.addSubcomponent(describeZone(used, year))
    }
  }

  #setTimes(component: ICAL.Component, start: string | undefined, end: string | undefined, zone: string): void {
    const event = new ICAL.Event(component)
    const was = component.getFirstPropertyValue('dtstart') as ICAL.Time | null
    const lasted = was ? event.duration : undefined
    const begin = start === undefined ? toTime(fromTime(was!), zone) : toTime(start, zone)
    const until = end === undefined ? begin.clone() : toTime(end, zone)
    if (end === undefined) until.addDuration(lasted ?? ICAL.Duration.fromSeconds(begin.isDate ? DAY_MS / 1000 : 3600))
    if (until.isDate !== begin.isDate || momentOf(until) < momentOf(begin))
      throw new OxbowError(
        'BAD_REQUEST',
        'calendar.time',
        `an event from ${start} cannot last until ${end}`,
        'Give both as days or both as times, the end not before the start.',
      )
    component.removeAllProperties('duration')
    timeProperty(component, 'dtstart', begin, begin.isDate ? undefined : zone)
    timeProperty(component, 'dtend', until, until.isDate ? undefined : zone)
  }
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const idOf = (file: string, uid: string): string => `${file}/${uid}`

function partsOf(id: string): { name: string; uid: string } {
  const at = id.indexOf('/')
  if (at < 1) throw noEvent(id)
  return { name: id.slice(0, at), uid: id.slice(at + 1) }
}

const noEvent = (id: string): OxbowError =>
  new OxbowError('NOT_FOUND', 'calendar.notFound', `there is no event ${id}`, 'List the calendar for the ids.')

/** The events of a file, each with what is said of single occurrences. */
function eventsOf({ calendars }: IcsFile): ICAL.Event[] {
  return calendars.flatMap((calendar) => {
    const all = calendar.getAllSubcomponents('vevent')
    const others = all.filter((one) => one.hasProperty('recurrence-id'))
    return all
      .filter((one) => !one.hasProperty('recurrence-id') && one.hasProperty('dtstart'))
      .map((one) => {
        const uid = one.getFirstPropertyValue('uid')
        return new ICAL.Event(one, {
          strictExceptions: true,
          exceptions: others.filter((other) => other.getFirstPropertyValue('uid') === uid),
        })
      })
  })
}

function find(file: IcsFile, uid: string, id: string): ICAL.Event {
  const event = eventsOf(file).find((one) => one.uid === uid)
  if (!event) throw noEvent(id)
  return event
}

function occurrences(name: string, event: ICAL.Event, begin: number, end: number, most: number): CalendarEvent[] {
  const within = (from: ICAL.Time, to: ICAL.Time): boolean =>
    momentOf(from) < end && (momentOf(to) > begin || momentOf(from) >= begin)
  if (!event.isRecurring()) return within(event.startDate, event.endDate) ? [asEvent(name, event)] : []
  const found: CalendarEvent[] = []
  // Far before the window nothing needs to be worked out, but for what may have been moved into it.
  const moved = Object.keys(event.exceptions).length > 0
  const soonest = begin - (moved ? MOST_DAYS * DAY_MS : event.duration.toSeconds() * 1000) - 2 * DAY_MS
  const iterator = event.iterator()
  for (let step = 0; step < MOST_STEPS && found.length < most; step++) {
    const next = iterator.next() as ICAL.Time | undefined
    if (!next || momentOf(next) >= end) break
    if (Date.UTC(next.year, next.month - 1, next.day) < soonest) continue
    const { item, startDate, endDate } = event.getOccurrenceDetails(next)
    if (within(startDate, endDate))
      found.push({
        ...asEvent(name, item, event),
        start: fromTime(startDate),
        end: fromTime(endDate),
        occurrence: fromTime(next),
      })
  }
  return found
}

/** @param whole the event that an occurrence is of */
function asEvent(file: string, event: ICAL.Event, whole: ICAL.Event = event): CalendarEvent {
  const { component, startDate, endDate } = event
  const zone = component.getFirstProperty('dtstart')?.getFirstParameter('tzid')
  const rule = whole.component.getFirstPropertyValue('rrule')
  const { location, description } = event
  return {
    id: idOf(file, whole.uid),
    file,
    title: event.summary ?? '',
    start: fromTime(startDate),
    end: fromTime(endDate),
    allDay: startDate.isDate,
    ...(zone && { zone }),
    ...(location && { location }),
    ...(description && { description }),
    ...(rule !== null && { rule: String(rule) }),
    taint: taintOf(component),
  }
}

/** An invitation is another's words. */
function taintOf(component: ICAL.Component): string[] {
  const noted = component.getFirstPropertyValue(TAINT)
  const labels = new Set(typeof noted === 'string' ? noted.split(/[\s,]+/).filter((label) => label !== '') : [])
  if (component.hasProperty('organizer') || component.hasProperty('attendee')) labels.add('untrusted')
  return [...labels]
}

/** Labels only grow. */
function label(component: ICAL.Component, taint: readonly string[]): void {
  const noted = component.getFirstPropertyValue(TAINT)
  const labels = new Set([...(typeof noted === 'string' ? noted.split(/[\s,]+/) : []), ...taint].filter((one) => one !== ''))
  if (labels.size > 0) component.updatePropertyWithValue(TAINT, [...labels].join(' '))
}

function timeProperty(component: ICAL.Component, name: string, time: ICAL.Time, zone: string | undefined, another = false): void {
  if (!another) component.removeAllProperties(name)
  const property = new ICAL.Property(name)
  const utc = zone === 'UTC'
  if (time.isDate) property.resetType('date')
  if (zone !== undefined && !utc) property.setParameter('tzid', zone)
  if (utc) time.zone = ICAL.Timezone.utcTimezone
  property.setValue(time)
  component.addProperty(property)
}

/** @throws OxbowError `calendar.rule` */
function setRule(component: ICAL.Component, rule: string): void {
  component.removeAllProperties('rrule')
  if (rule === '') return
  try {
    const read = ICAL.Recur.fromString(rule.replace(/^RRULE:/i, ''))
    if (!read.freq) throw new Error('it has no FREQ')
    component.addPropertyWithValue('rrule', read)
  } catch (error) {
    throw new OxbowError(
      'BAD_REQUEST',
      'calendar.rule',
      `"${rule}" is no rule: ${error instanceof Error ? error.message : error}`,
      'Write it such as FREQ=WEEKLY;BYDAY=MO.',
    )
  }
}

function emptyCalendar(): ICAL.Component {
  const calendar = new ICAL.Component('vcalendar')
  calendar.addPropertyWithValue('version', '2.0')
  calendar.addPropertyWithValue('prodid', '-//Oxbow//Calendar//EN')
  return calendar
}
