import { CircleAlert, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { continueTurn } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'

/** A turn that did not end well: what happened, what helps, and a way on. */
export function TurnBanner() {
  const sessionId = useOpen((store) => store.sessionId)
  const turn = useOpen((store) => store.view?.turn)
  const [busy, setBusy] = useState(false)
  if (!sessionId || !turn || (turn.state !== 'failed' && turn.state !== 'interrupted' && turn.state !== 'cancelled')) return null
  if (turn.state === 'cancelled') {
    return <CancelledLine onContinue={() => continueTurn(sessionId)} />
  }
  const failed = turn.state === 'failed'
  const go = async () => {
    setBusy(true)
    await continueTurn(sessionId)
    setBusy(false)
  }
  return (
    <section role="status" className="mb-2 flex items-start gap-2.5 rounded-xl border border-bad bg-bad-ground px-3 py-2.5">
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1 text-[13px] [overflow-wrap:anywhere]">
        <p className="font-medium">
          {failed ? (turn.failure?.message ?? 'This turn failed') : 'Oxbow stopped before this turn was done'}
        </p>
        <p className="text-soft">
          {failed ? turn.failure?.hint : 'Nothing that was said is lost. A tool that had started may have had its effect or not.'}
        </p>
      </div>
      {turn.failure?.code.startsWith('budget.') && (
        <button type="button" className="button" onClick={() => useUi.getState().setPane('usage')}>
          Budgets
        </button>
      )}
      <button type="button" data-testid="continue" className="button" disabled={busy} onClick={go}>
        <RotateCw size={13} aria-hidden /> Continue
      </button>
    </section>
  )
}

function CancelledLine({ onContinue }: { onContinue(): void }) {
  return (
    <p role="status" className="mb-2 flex items-center gap-2 px-1 text-[13px] text-faint">
      You stopped this turn.
      <button type="button" data-testid="continue" className="button" onClick={onContinue}>
        Continue
      </button>
    </p>
  )
}
