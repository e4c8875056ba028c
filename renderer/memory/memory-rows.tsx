import type { MemoryId } from '../../sidecar/contract/index.ts'
import { MemoryRow } from './memory-row.tsx'
import type { Shown } from './use-memories.ts'

export interface RowsParts {
  rows: readonly Shown[]
  chosen: ReadonlySet<MemoryId>
  onChoose(id: MemoryId): void
  onChanged(): void
}

/** Memories as they come. */
export function MemoryRows({ rows, chosen, onChoose, onChanged }: RowsParts) {
  return (
    <ul className="rounded-lg border border-line" aria-label="Memories">
      {rows.map((shown) => (
        <MemoryRow
          key={shown.memory.id}
          shown={shown}
          chosen={chosen.has(shown.memory.id)}
          onChoose={() => onChoose(shown.memory.id)}
          onChanged={onChanged}
        />
      ))}
    </ul>
  )
}

/** By months, and in them by days: when it was said, or began to hold. The newest first. */
export function MemoryTimeline({ rows, ...parts }: RowsParts) {
  const sorted = rows.toSorted((a, b) => (a.memory.validFrom < b.memory.validFrom ? 1 : -1))
  return (
    <div className="flex flex-col gap-4" data-testid="timeline">
      {grouped(sorted, MONTH).map(({ name, rows: month }) => (
        <section key={name} aria-label={name} className="flex flex-col gap-2">
          <h2 className="flex items-baseline gap-2 text-[13px] font-semibold">
            {name} <span className="text-xs font-normal text-faint">{month.length}</span>
          </h2>
          {grouped(month, DAY).map((day) => (
            <div key={day.name} className="grid gap-1 sm:grid-cols-[4.5rem_1fr]">
              <h3 className="pt-2.5 text-xs text-faint">{day.name}</h3>
              <MemoryRows rows={day.rows} {...parts} />
            </div>
          ))}
        </section>
      ))}
    </div>
  )
}

const MONTH = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' })

/** Neighbours of one name together. */
function grouped(rows: readonly Shown[], by: Intl.DateTimeFormat): { name: string; rows: Shown[] }[] {
  const groups: { name: string; rows: Shown[] }[] = []
  for (const row of rows) {
    const name = by.format(new Date(row.memory.validFrom))
    const last = groups.at(-1)
    if (last?.name === name) last.rows.push(row)
    else groups.push({ name, rows: [row] })
  }
  return groups
}
