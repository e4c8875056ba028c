import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { AuditEntry } from '../../sidecar/contract/index.ts'
import { openSession } from '../actions.ts'
import { openBeginning } from '../memory/open-turn.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { ACTORS, DECISIONS, KINDS } from './words.ts'

const COLORS: Readonly<Record<string, string>> = {
  allow: 'text-ok',
  ask: 'text-warn',
  deny: 'text-bad',
  failed: 'text-bad',
  interrupted: 'text-warn',
}

/** One entry in a line; opened, with all it holds. */
export function EntryRow({ entry, onSession }: { entry: AuditEntry; onSession(session: string): void }) {
  const [open, setOpen] = useState(false)
  const { position, at, kind, decision, outcome, title, reason } = entry
  const how = decision ? DECISIONS[decision] : (outcome ?? '')
  return (
    <li data-testid="audit-entry" data-position={position} className="border-line text-[13px] not-first:border-t">
      <button
        type="button"
        aria-expanded={open}
        className="flex w-full items-start gap-2 px-3 py-1.5 text-left hover:bg-hover"
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={14} aria-hidden className={`mt-[3px] shrink-0 text-faint ${open ? 'rotate-90' : ''}`} />
        <time
          dateTime={at}
          title={new Date(at).toLocaleString()}
          className="mt-px shrink-0 text-xs tabular-nums leading-5 text-faint"
        >
          {moment(at)}
        </time>
        <span className="w-20 shrink-0 text-soft">{KINDS[kind]}</span>
        <span className="min-w-0 flex-1">
          <span className="block truncate">{title}</span>
          {reason && <span className="block truncate text-xs text-faint">{reason}</span>}
        </span>
        <span className={`shrink-0 text-xs leading-5 ${COLORS[decision ?? outcome ?? ''] ?? 'text-faint'}`}>{how}</span>
      </button>
      {open && <Details entry={entry} onSession={onSession} />}
    </li>
  )
}

function Details({ entry, onSession }: { entry: AuditEntry; onSession(session: string): void }) {
  const { position, at, actor, session, turn, agent, tool, tier, reason, digest, excerpt, data } = entry
  const facts: [string, string | undefined][] = [
    ['Entry', String(position)],
    ['At', at],
    ['By', ACTORS[actor]],
    ['Agent', agent],
    ['Tool', tool && (tier ? `${tool} (${tier})` : tool)],
    ['Why', reason],
    ['Turn', turn],
    ['SHA-256', digest],
    ...Object.entries(data ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  ]
  return (
    <div className="flex flex-col gap-2 border-t border-line bg-raised px-3 py-2 pl-9">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-0.5 text-[13px]">
        {facts
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-faint">{name}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ))}
      </dl>
      {excerpt && (
        <Scrollable
          label="Content"
          className="mono max-h-48 overflow-auto whitespace-pre-wrap rounded-md border border-line bg-page px-2.5 py-1.5 [overflow-wrap:anywhere]"
        >
          {excerpt}
        </Scrollable>
      )}
      {session && (
        <div className="flex gap-2">
          {turn && (
            <button type="button" className="button" onClick={() => void openBeginning(session, turn)}>
              Open the turn
            </button>
          )}
          <button type="button" className="button" onClick={() => openSession(session)}>
            Open the session
          </button>
          <button type="button" className="button" onClick={() => onSession(session)}>
            Only this session
          </button>
        </div>
      )}
    </div>
  )
}

/** The time; before today with its day. */
function moment(at: string): string {
  const date = new Date(at)
  const time = date.toLocaleTimeString()
  if (date.toDateString() === new Date().toDateString()) return time
  return `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${time}`
}
