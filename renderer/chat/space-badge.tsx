import { Layers } from 'lucide-react'
import { useState } from 'react'
import { MAIN_SPACE, type SessionId } from '../../sidecar/contract/index.ts'
import { configure } from '../actions.ts'
import { useAnswer } from '../settings/use-answer.ts'
import { useOpen } from '../stores/open-session.ts'
import { Modal } from '../ui/modal.tsx'

type Client = Parameters<Parameters<typeof useAnswer>[0]>[0]
const askSpaces = (client: Client) => client.memory.stats()

/** Whose memories this session learns and recalls, and the way to choose others. */
export function SpaceBadge() {
  const sessionId = useOpen((store) => store.sessionId)
  const space = useOpen((store) => store.view?.summary.space ?? MAIN_SPACE)
  const [shown, setShown] = useState(false)
  if (sessionId === null) return null
  const other = space !== MAIN_SPACE
  return (
    <>
      <button
        type="button"
        data-testid="space-badge"
        className={
          other
            ? 'flex max-w-48 shrink-0 items-center gap-1 rounded-full border border-line px-2 py-0.5 text-xs'
            : 'icon-button size-8'
        }
        aria-label={`In the space ${space}`}
        title="Whose memories this session learns and recalls"
        onClick={() => setShown(true)}
      >
        <Layers size={other ? 13 : 16} className="shrink-0" aria-hidden />
        {other && <span className="truncate">{space}</span>}
      </button>
      <Modal open={shown} title="Space of this session" onClose={() => setShown(false)}>
        {shown && <Choice sessionId={sessionId} space={space} onDone={() => setShown(false)} />}
      </Modal>
    </>
  )
}

function Choice({ sessionId, space, onDone }: { sessionId: SessionId; space: string; onDone(): void }) {
  const [answer] = useAnswer(askSpaces)
  const [name, setName] = useState('')
  const known = answer.state === 'answered' ? answer.value.spaces.map((row) => row.space) : []
  const spaces = [...new Set([MAIN_SPACE, space, ...known])]
  const choose = async (next: string) => {
    if (next === space || (await configure(sessionId, { space: next })) !== undefined) onDone()
  }
  return (
    <form
      className="flex flex-col gap-3 p-4 text-[13px]"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') void choose(name.trim())
      }}
    >
      <p className="text-soft">
        A session learns and recalls the memories of its space alone, and what is known of you yourself. What was said so far
        stays in this conversation.
      </p>
      <fieldset className="flex max-h-[40vh] flex-col gap-1 overflow-y-auto">
        <legend className="sr-only">Space</legend>
        {spaces.map((one) => (
          <label key={one} className="flex items-center gap-2">
            <input type="radio" name="space" checked={one === space} onChange={() => void choose(one)} />
            <span className="[overflow-wrap:anywhere]">{one}</span>
          </label>
        ))}
      </fieldset>
      <div className="flex gap-2">
        <input
          className="field min-w-0 flex-1"
          aria-label="Name of another space"
          placeholder="another space"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={name.trim() === ''}>
          Use it
        </button>
      </div>
    </form>
  )
}
