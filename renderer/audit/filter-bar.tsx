import { type ReactNode, useId } from 'react'
import { type AuditDecision, type AuditFilter, type AuditKind, SessionId } from '../../sidecar/contract/index.ts'
import { useSessions } from '../stores/sessions.ts'
import { DECISIONS, KINDS } from './words.ts'

/** What a person has chosen; times as the browser's own fields give them. */
export interface Chosen {
  kind: AuditKind | ''
  decision: AuditDecision | ''
  session: string
  tool: string
  agent: string
  since: string
  until: string
}

export const ALL: Chosen = { kind: '', decision: '', session: '', tool: '', agent: '', since: '', until: '' }

/** The filter of the contract. A session's id that is none yet is left out. */
export function toFilter({ kind, decision, session, tool, agent, since, until }: Chosen): AuditFilter {
  const id = SessionId.safeParse(session)
  return {
    ...(kind && { kind }),
    ...(decision && { decision }),
    ...(id.success && { session: id.data }),
    ...(tool.trim() && { tool: tool.trim() }),
    ...(agent.trim() && { agent: agent.trim() }),
    ...(since && { since: new Date(since).toISOString() }),
    ...(until && { until: new Date(until).toISOString() }),
  }
}

/** Which entries are shown. */
export function FilterBar({ chosen, onChange }: { chosen: Chosen; onChange(chosen: Chosen): void }) {
  const sessions = useSessions((store) => store.rows)
  const set = (change: Partial<Chosen>) => onChange({ ...chosen, ...change })
  const known = chosen.session === '' || sessions.some(({ id }) => id === chosen.session)
  return (
    <form aria-label="Filter" className="grid grid-cols-2 gap-2 lg:grid-cols-4" onSubmit={(event) => event.preventDefault()}>
      <Labelled name="Kind">
        {(id) => (
          <select
            id={id}
            className="field h-[34px]"
            value={chosen.kind}
            onChange={(e) => set({ kind: e.target.value as Chosen['kind'] })}
          >
            <option value="">All</option>
            {Object.entries(KINDS).map(([kind, name]) => (
              <option key={kind} value={kind}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled name="Decision">
        {(id) => (
          <select
            id={id}
            className="field h-[34px]"
            value={chosen.decision}
            onChange={(e) => set({ decision: e.target.value as Chosen['decision'] })}
          >
            <option value="">All</option>
            {Object.entries(DECISIONS).map(([decision, name]) => (
              <option key={decision} value={decision}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled name="Session">
        {(id) => (
          <select id={id} className="field h-[34px]" value={chosen.session} onChange={(e) => set({ session: e.target.value })}>
            <option value="">All</option>
            {!known && <option value={chosen.session}>{chosen.session}</option>}
            {sessions.map(({ id, title }) => (
              <option key={id} value={id}>
                {title || 'New session'}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled name="Tool">
        {(id) => (
          <input
            id={id}
            className="field h-[34px]"
            placeholder="exec"
            maxLength={200}
            value={chosen.tool}
            onChange={(e) => set({ tool: e.target.value })}
          />
        )}
      </Labelled>
      <Labelled name="Agent">
        {(id) => (
          <input
            id={id}
            className="field h-[34px]"
            placeholder="Any"
            maxLength={200}
            value={chosen.agent}
            onChange={(e) => set({ agent: e.target.value })}
          />
        )}
      </Labelled>
      <Labelled name="From">
        {(id) => (
          <input
            id={id}
            className="field h-[34px]"
            type="datetime-local"
            value={chosen.since}
            onChange={(e) => set({ since: e.target.value })}
          />
        )}
      </Labelled>
      <Labelled name="Until">
        {(id) => (
          <input
            id={id}
            className="field h-[34px]"
            type="datetime-local"
            value={chosen.until}
            onChange={(e) => set({ until: e.target.value })}
          />
        )}
      </Labelled>
      <div className="flex items-end">
        <button type="button" className="button h-[34px] w-full" disabled={chosen === ALL} onClick={() => onChange(ALL)}>
          Show all
        </button>
      </div>
    </form>
  )
}

function Labelled({ name, children }: { name: string; children(id: string): ReactNode }) {
  const id = useId()
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <label htmlFor={id} className="text-xs text-faint">
        {name}
      </label>
      {children(id)}
    </div>
  )
}
