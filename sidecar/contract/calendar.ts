import { z } from 'zod'

/** `2026-05-04` for a whole day, `2026-05-04T10:00` in the event's zone, or with `Z` or an offset. */
export const EventTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/,
    'expected a day such as 2026-05-04 or a time such as 2026-05-04T10:00',
  )
/** A file of the calendar folder. */
const CalendarFile = z
  .string()
  .max(120)
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N} _.-]*\.ics$/u, 'expected the name of a file such as work.ics')
const Id = z.string().min(1).max(1200)
const Zone = z.string().min(1).max(80)
const Title = z.string().trim().min(1).max(500)

export const CalendarEvent = z.object({
  /** Of the event; all occurrences of a recurring one share it. */
  id: z.string(),
  file: z.string(),
  title: z.string(),
  /** ISO 8601 in UTC; of a whole day its date alone. */
  start: z.string(),
  /** When it is over; of whole days the day after. */
  end: z.string(),
  allDay: z.boolean(),
  /** The zone that it is kept in; absent: UTC, or wherever one is. */
  zone: z.string().optional(),
  location: z.string().optional(),
  description: z.string().optional(),
  /** How it recurs, as an RRULE. */
  rule: z.string().optional(),
  /** Of an occurrence of a recurring event: what names it, its start as the rule has it. */
  occurrence: z.string().optional(),
  /** `untrusted` where others may have written it, as in an invitation; `agent` where an agent did. */
  taint: z.array(z.string()),
})
export type CalendarEvent = z.infer<typeof CalendarEvent>

export const ListCalendar = z.object({
  /** Default: now. */
  from: EventTime.optional(),
  /** Default: 30 days later. */
  to: EventTime.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})
export type ListCalendar = z.infer<typeof ListCalendar>

const Fields = {
  title: Title,
  start: EventTime,
  /** Default: an hour later, of a day the next one. */
  end: EventTime.optional(),
  /** Such as Europe/Berlin. Default: this computer's. */
  zone: Zone.optional(),
  location: z.string().max(1000).optional(),
  description: z.string().max(10_000).optional(),
  /** Such as FREQ=WEEKLY;BYDAY=MO. */
  rule: z.string().max(500).optional(),
}
export const AddEvent = z.object({ ...Fields, file: CalendarFile.default('calendar.ics') })
export type AddEvent = z.infer<typeof AddEvent>
/** What is not named stays as it is; of a recurring event all occurrences change. */
export const UpdateEvent = z.object({ id: Id, ...Fields, title: Title.optional(), start: EventTime.optional() })
export type UpdateEvent = z.infer<typeof UpdateEvent>
export const RemoveEvent = z.object({
  id: Id,
  /** Only this occurrence of a recurring event. */
  occurrence: EventTime.optional(),
})
export type RemoveEvent = z.infer<typeof RemoveEvent>

/** A file that could not be read, which is left as it is. */
export const CalendarProblem = z.object({ file: z.string(), message: z.string() })
export type CalendarProblem = z.infer<typeof CalendarProblem>
