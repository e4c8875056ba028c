import { useCallback, useState } from 'react'
import type { Client, DreamId, MemoryId } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'

/** Those that are chosen, on their way to become one; and the way back after that. */
export function MemoryMerge({ chosen, onDone }: { chosen: readonly MemoryId[]; onDone(): void }) {
  const [merged, setMerged] = useState<DreamId>()
  const undo = async () => {
    if (merged === undefined || !(await attempt(() => online().memory.undo({ id: merged })))) return
    setMerged(undefined)
    onDone()
  }
  if (chosen.length >= 2)
    return (
      <Proposal
        key={chosen.join()}
        ids={[...chosen]}
        onCancel={onDone}
        onMerged={(dream) => {
          setMerged(dream)
          onDone()
        }}
      />
    )
  if (merged === undefined || chosen.length > 0)
    return chosen.length === 0 ? null : <p className="text-[13px] text-faint">Choose another one to merge it with.</p>
  return (
    <div className="flex items-center gap-2 rounded-md bg-raised px-3 py-2 text-[13px]" role="status">
      <span className="flex-1">They are one now; the others stay as its past versions.</span>
      <button type="button" className="button" onClick={() => void undo()}>
        Undo
      </button>
    </div>
  )
}

interface ProposalParts {
  ids: MemoryId[]
  onCancel(): void
  onMerged(dream: DreamId | undefined): void
}

function Proposal({ ids, onCancel, onMerged }: ProposalParts) {
  // The key of this element changes with the ids, so this keeps its identity.
  const [wanted] = useState(ids)
  const [proposed] = useAnswer(useCallback((client: Client) => client.memory.merge({ ids: wanted, dryRun: true }), [wanted]))
  const [text, setText] = useState<string>()
  if (proposed.state === 'asking') return <Asking />
  if (proposed.state === 'failed') return <Problem words={proposed.words} />
  const says = text ?? proposed.value.text
  const merge = async () => {
    const done = await attempt(() => online().memory.merge({ ids: wanted, ...(text !== undefined && { text }) }))
    if (done) onMerged(done.dream)
  }
  return (
    <form
      className="flex flex-col gap-2 rounded-lg border border-line p-3 text-[13px]"
      aria-label="Merge memories"
      onSubmit={(event) => {
        event.preventDefault()
        void merge()
      }}
    >
      <label className="flex flex-col gap-1">
        <span className="text-soft">{wanted.length} memories become one, which says:</span>
        <textarea
          aria-label="Text of the merged memory"
          className="field"
          rows={3}
          maxLength={20_000}
          value={says}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onCancel}>
          Leave them
        </button>
        <button type="submit" className="button button-primary" disabled={says.trim() === ''}>
          Merge
        </button>
      </div>
    </form>
  )
}
