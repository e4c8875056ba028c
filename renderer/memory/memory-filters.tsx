import { Search, X } from 'lucide-react'
import type { MemoryStats, MemoryType } from '../../sidecar/contract/index.ts'
import { useUi } from '../stores/ui.ts'
import type { Chosen } from './use-memories.ts'
import { TIERS, TYPES } from './words.ts'

const SELECT = 'field h-[30px] w-auto max-w-48 py-0'

/** What is looked for, and among which memories. */
export function MemoryFilters({
  chosen,
  counted,
  onChoose,
}: {
  chosen: Chosen
  counted: MemoryStats | undefined
  onChoose(chosen: Chosen): void
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <label className="relative min-w-48 flex-1">
        <Search size={14} className="pointer-events-none absolute left-2.5 top-2 text-faint" aria-hidden />
        <input
          type="search"
          aria-label="Search memory"
          placeholder="Search by words or meaning"
          maxLength={2000}
          value={chosen.query}
          onChange={(event) => onChoose({ ...chosen, query: event.target.value })}
          className="field h-[30px] pl-8"
        />
      </label>
      <select
        aria-label="Space"
        className={SELECT}
        value={chosen.space}
        onChange={(event) => onChoose({ ...chosen, space: event.target.value })}
      >
        <option value="">All spaces</option>
        {counted?.spaces.map(({ space, memories }) => (
          <option key={space} value={space}>
            {space} ({memories})
          </option>
        ))}
      </select>
      <select
        aria-label="Type"
        className={SELECT}
        value={chosen.type}
        onChange={(event) => onChoose({ ...chosen, type: event.target.value as MemoryType | '' })}
      >
        <option value="">All types</option>
        {Object.entries(TYPES).map(([type, name]) => (
          <option key={type} value={type}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Tier"
        className={SELECT}
        value={chosen.tier}
        onChange={(event) => onChoose({ ...chosen, tier: event.target.value as Chosen['tier'] })}
      >
        <option value="">All tiers</option>
        {Object.entries(TIERS).map(([tier, name]) => (
          <option key={tier} value={tier}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" className="button" onClick={() => useUi.getState().setPane('chat')}>
        <X size={14} aria-hidden /> Close
      </button>
    </div>
  )
}
