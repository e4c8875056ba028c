import type { Memory, Protection } from '../../sidecar/contract/index.ts'
import { PROTECTION_WORDS } from './words.ts'

/** How much tending may do to a memory by itself. */
export function MemoryProtection({ memory, onChoose }: { memory: Memory; onChoose(protection: Protection): void }) {
  return (
    <fieldset className="flex flex-col gap-1 rounded-md bg-raised px-2.5 py-2">
      <legend className="sr-only">Protection</legend>
      {(Object.entries(PROTECTION_WORDS) as [Protection, string][]).map(([level, words]) => (
        <label key={level} className="flex items-baseline gap-2">
          <input
            type="radio"
            name={`protection of ${memory.id}`}
            checked={memory.protection === level}
            onChange={() => onChoose(level)}
          />
          <span className="font-medium">{level}</span>
          <span className="text-soft">{words}</span>
        </label>
      ))}
    </fieldset>
  )
}
