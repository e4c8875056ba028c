import { useCallback } from 'react'
import type { Client } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { CloseButton, Facts, Nothing } from './knowledge-search.tsx'

/** What is in the calendar for the next 30 days. */
export function CalendarTab() {
  const [answer] = useAnswer(useCallback((client: Client) => client.calendar.list({}), []))
  const found = answer.state === 'answered' ? answer.value : undefined
  return (
    <>
      <div className="flex items-center justify-between gap-2">
        <p className="text-[13px] text-soft">The next 30 days</p>
        <CloseButton />
      </div>
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {found?.problems.map(({ file, message }) => (
        <p key={file} role="alert" className="text-[13px] text-warn">
          {message}
        </p>
      ))}
      {found?.events.length === 0 && <Nothing words={`There is nothing in it. Calendars are .ics files in ${found.folder}.`} />}
      {found && found.events.length > 0 && (
        <ul className="rounded-lg border border-line" aria-label="Events">
          {found.events.map(({ id, title, start, allDay, location, rule, taint }) => (
            <li key={`${id} ${start}`} data-testid="event" className="border-line px-3 py-2 text-[13px] not-first:border-t">
              <span className="font-medium">{title}</span>
              <Facts
                facts={[
                  allDay ? start : new Date(start).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
                  ...(location === undefined ? [] : [location]),
                  ...(rule === undefined ? [] : ['recurs']),
                ]}
                taint={taint}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
