import type { SessionId, UsageBy, UsageRow } from '../../sidecar/contract/index.ts'
import { openSession } from '../actions.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { costWords, nameOf } from './rows.ts'

const HEADINGS: Record<UsageBy, string> = { day: 'Day', month: 'Month', model: 'Model', agent: 'Agent', session: 'Session' }
const COLUMNS = ['Calls', 'Tokens in', 'From cache', 'Tokens out', 'Cost']

/** What was used, row by row; the newest day or the dearest model first. */
export function UsageTable({ by, rows }: { by: UsageBy; rows: readonly UsageRow[] }) {
  const shown = by === 'day' || by === 'month' ? rows.toReversed() : rows
  return (
    <Scrollable label="Usage in numbers" className="max-h-96 overflow-auto rounded-lg border border-line">
      <table className="w-full text-left text-[13px] tabular-nums">
        <thead className="sticky top-0">
          <tr className="bg-raised">
            <th scope="col" className="px-3 py-1.5 font-medium">
              {HEADINGS[by]}
            </th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className="px-3 py-1.5 text-right font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row key={row.key} by={by} row={row} />
          ))}
        </tbody>
      </table>
    </Scrollable>
  )
}

function Row({ by, row }: { by: UsageBy; row: UsageRow }) {
  const { calls, usage, unpricedCalls } = row
  const number = (value: number) => <td className="px-3 py-1 text-right text-soft">{value.toLocaleString()}</td>
  const unknown = unpricedCalls > 0 ? `${unpricedCalls} of ${calls} calls have an unknown price` : undefined
  return (
    <tr className="border-t border-line">
      <th scope="row" className="max-w-72 truncate px-3 py-1 font-normal" title={row.key}>
        {by === 'session' && row.label ? (
          <button
            type="button"
            className="text-accent underline underline-offset-2"
            onClick={() => openSession(row.key as SessionId)}
          >
            {row.label}
          </button>
        ) : (
          nameOf(by, row)
        )}
      </th>
      {number(calls)}
      {number(usage.input + usage.cacheRead + usage.cacheWrite)}
      {number(usage.cacheRead)}
      {number(usage.output)}
      <td className="px-3 py-1 text-right" title={unknown}>
        {costWords(row)}
      </td>
    </tr>
  )
}
