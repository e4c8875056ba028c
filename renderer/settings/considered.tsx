import clsx from 'clsx'
import { useState } from 'react'
import { type Change, Simulated } from './simulated.tsx'

interface ConsideredParts {
  /** Another change needs another key. */
  change: Change
  /** What carries it out, in words. */
  action: string
  danger?: boolean
  onAct(): Promise<unknown>
  onCancel(): void
}

/** A change that is not made yet: what it would have meant, and only then the way to make it. */
export function Considered({ change, action, danger = false, onAct, onCancel }: ConsideredParts) {
  const [known, setKnown] = useState(false)
  const [busy, setBusy] = useState(false)
  const act = async () => {
    setBusy(true)
    await onAct()
    setBusy(false)
  }
  return (
    <div className="flex w-full flex-wrap items-center gap-1.5">
      <Simulated change={change} onAnswered={() => setKnown(true)} />
      <button
        type="button"
        className={clsx('button', danger ? 'text-bad' : 'button-primary')}
        disabled={!known || busy}
        onClick={act}
      >
        {action}
      </button>
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  )
}
