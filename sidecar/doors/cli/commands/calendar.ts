import type { CalendarEvent } from '../../../contract/index.ts'
import type { EventOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

export async function list(host: Host, { from, to, json }: JsonOption & { from?: string; to?: string }): Promise<number> {
  const span = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const answer = await withClient(host, (client) => client.calendar.list(span))
  if (json) {
    host.print(JSON.stringify(answer))
    return EXIT.done
  }
  if (answer.events.length === 0) host.note('There is nothing in the calendar then.')
  const rows = answer.events.map(({ id, title, start, allDay, location = '' }) => [
    allDay ? start : shown(start),
    plain(title),
    plain(location),
    plain(id),
  ])
  for (const row of table(rows)) host.print(row)
  for (const { message } of answer.problems) host.note(plain(message))
  return EXIT.done
}

export async function add(host: Host, title: string, { json, ...fields }: EventOptions & JsonOption): Promise<number> {
  const event = await withClient(host, (client) => client.calendar.add({ title, ...fields }))
  return said(host, event, json)
}

export async function edit(
  host: Host,
  id: string,
  title: string,
  { json, file: _, ...fields }: Partial<EventOptions> & JsonOption,
): Promise<number> {
  const changes = { ...fields, ...(title !== '' && { title }) }
  if (Object.keys(changes).length === 0)
    throw new UsageError('nothing says what to change', 'Give another title, or an option such as --start.')
  const event = await withClient(host, (client) => client.calendar.update({ id, ...changes }))
  return said(host, event, json)
}

export async function remove(host: Host, id: string, { occurrence }: { occurrence?: string }): Promise<number> {
  await withClient(host, (client) => client.calendar.remove({ id, ...(occurrence !== undefined && { occurrence }) }))
  return EXIT.done
}

function said(host: Host, event: CalendarEvent, json: boolean | undefined): number {
  host.print(json ? JSON.stringify(event) : event.id)
  return EXIT.done
}

/** On this computer's clock. */
const shown = (at: string): string => {
  const time = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}
