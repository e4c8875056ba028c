import { z } from 'zod'
import { AddEvent, CalendarEvent, CalendarProblem, ListCalendar, RemoveEvent, UpdateEvent } from '../calendar.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'PATCH', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['calendar'] })

export const calendar = {
  list: route('GET', '/calendar', 'What is in the calendar between two times, recurring events expanded')
    .input(ListCalendar)
    .output(z.object({ folder: z.string(), events: z.array(CalendarEvent), problems: z.array(CalendarProblem) })),
  add: route('POST', '/calendar', 'Add an event').input(AddEvent).output(CalendarEvent),
  update: route('PATCH', '/calendar/event', 'Change an event').input(UpdateEvent).output(CalendarEvent),
  remove: route('POST', '/calendar/remove', 'Remove an event, or one occurrence of it')
    .input(RemoveEvent)
    .output(z.object({ removed: z.literal(true) })),
}
