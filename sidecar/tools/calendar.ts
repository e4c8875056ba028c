import { z } from 'zod'
import { AddEvent, BY_AGENT, type CalendarEvent, EventTime, RemoveEvent, UpdateEvent } from '../contract/index.ts'
import type { OpenMemory } from './memory-open.ts'
import { labelled } from './memory-words.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'

const TIMEOUT_MS = 30_000
const MOST_TEXT = 300

const listInput = z.strictObject({
  from: EventTime.optional().describe('A day such as 2026-05-04, or a time such as 2026-05-04T10:00. Default: now.'),
  to: EventTime.optional().describe('Default: 30 days later.'),
  limit: z.number().int().min(1).max(200).default(50),
})

export const calendarList = (open: OpenMemory): Tool<z.infer<typeof listInput>> => ({
  name: 'calendar_list',
  description: "Lists the person's calendar between two times, recurring events included.",
  tier: 'read',
  input: listInput,
  timeoutMs: TIMEOUT_MS,
  title: ({ from, to }) =>
    `look at the calendar${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`,
  async run(input) {
    const { events, problems } = await (await (await open()).calendar()).list(input)
    const lines = [...events.map(lineOf), ...problems.map(({ message }) => `Not read: ${message}`)]
    return {
      text:
        lines.length === 0 ? 'There is nothing in the calendar then.' : bounded(lines.join('\n'), 'some left out; ask for less'),
      isError: false,
      ...labelled(events),
    }
  },
})

const addInput = z.strictObject(AddEvent.shape)

export const calendarAdd = (open: OpenMemory, outward: boolean): Tool<z.infer<typeof addInput>> => ({
  name: 'calendar_add',
  description: "Adds an event to the person's calendar.",
  tier: 'write',
  outward,
  changes: () => 'shared',
  input: addInput,
  timeoutMs: TIMEOUT_MS,
  title: (input) => `add to the calendar: ${input.title}, ${input.start}`,
  async run(input, { labels }) {
    return { text: lineOf(await (await (await open()).calendar()).add(input, [BY_AGENT, ...labels])), isError: false }
  },
})

const updateInput = z.strictObject(UpdateEvent.shape)

export const calendarUpdate = (open: OpenMemory, outward: boolean): Tool<z.infer<typeof updateInput>> => ({
  name: 'calendar_update',
  description: 'Changes an event of the calendar; of a recurring one all occurrences.',
  tier: 'write',
  outward,
  changes: () => 'shared',
  input: updateInput,
  timeoutMs: TIMEOUT_MS,
  title: ({ id, title, start }) => `change in the calendar: ${title ?? id}${start === undefined ? '' : `, to ${start}`}`,
  async run(input, { labels }) {
    return { text: lineOf(await (await (await open()).calendar()).update(input, [BY_AGENT, ...labels])), isError: false }
  },
})

const removeInput = z.strictObject(RemoveEvent.shape)

export const calendarRemove = (open: OpenMemory, outward: boolean): Tool<z.infer<typeof removeInput>> => ({
  name: 'calendar_remove',
  description: 'Removes an event of the calendar, or one occurrence of a recurring one.',
  tier: 'write',
  outward,
  changes: () => 'shared',
  input: removeInput,
  timeoutMs: TIMEOUT_MS,
  title: ({ id, occurrence }) => `remove from the calendar: ${id}${occurrence === undefined ? '' : `, only ${occurrence}`}`,
  async run(input) {
    await (await (await open()).calendar()).remove(input)
    return { text: 'Removed.', isError: false }
  },
})

function lineOf({ id, title, start, end, zone, location, description, rule, occurrence, taint }: CalendarEvent): string {
  const facts = [
    `${start} to ${end}${zone === undefined ? '' : ` (${zone})`}`,
    ...(location === undefined ? [] : [`at ${location}`]),
    ...(rule === undefined ? [] : [`recurs: ${rule}`]),
    ...(occurrence === undefined ? [] : [`occurrence ${occurrence}`]),
    ...(taint.includes('untrusted') ? ['not written by the person'] : []),
  ]
  const text = description === undefined ? '' : `\n  ${description.slice(0, MOST_TEXT).toWellFormed().replace(/\s+/g, ' ')}`
  return `[${id}] ${title} · ${facts.join(' · ')}${text}`
}
