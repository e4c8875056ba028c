import { ShieldQuestionMark } from 'lucide-react'
import { useState } from 'react'
import type { Approval, ApprovalScope } from '../../sidecar/contract/index.ts'
import { answer, focusComposer } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { CallArgs } from './call-args.tsx'

/** The questions that wait for a person, pinned where the answer is given: the oldest first, one at a time. */
export function ApprovalBar() {
  const approvals = useOpen((store) => store.view?.approvals)
  const first = approvals?.[0]
  if (!approvals || !first) return null
  return <ApprovalCard key={first.id} approval={first} more={approvals.length - 1} />
}

const VERBS = { read: 'read', write: 'change files', net: 'reach out', exec: 'run a command' } as const

/** A command is shown as a whole below: its title would say it twice. */
const saysItself = ({ args, title }: Approval): boolean =>
  typeof args === 'object' && args !== null && 'command' in args && args.command === title

function ApprovalCard({ approval, more }: { approval: Approval; more: number }) {
  const [note, setNote] = useState('')
  const [sent, setSent] = useState(false)
  const give = async (allow: boolean, scope: ApprovalScope) => {
    setSent(true)
    const done = await answer(approval.id, allow, scope, note)
    if (done) focusComposer()
    else setSent(false)
  }
  return (
    <section
      data-testid="approval-card"
      aria-label={`Permission: ${approval.title}`}
      className="mb-2 overflow-hidden rounded-xl border border-warn bg-warn-ground"
    >
      <header className="flex items-center gap-2 px-3 pt-2.5">
        <ShieldQuestionMark size={16} className="shrink-0 text-warn" aria-hidden />
        <h2 className="min-w-0 flex-1 text-[13px] font-semibold">
          Oxbow asks to {VERBS[approval.tier]}
          {!saysItself(approval) && (
            <>
              : <span className="mono font-normal [overflow-wrap:anywhere]">{approval.title}</span>
            </>
          )}
        </h2>
        {more > 0 && <span className="shrink-0 text-xs text-soft">{more} more waiting</span>}
      </header>
      <div className="flex max-h-[38vh] flex-col gap-2 overflow-y-auto px-3 py-2">
        <p className="text-[13px] text-soft first-letter:uppercase">{approval.reason}</p>
        <CallArgs args={approval.args} title={approval.title} />
      </div>
      <div className="flex flex-wrap items-center gap-1.5 border-t border-line px-3 py-2">
        <button
          type="button"
          data-testid="approve-once"
          disabled={sent}
          className="button button-primary"
          onClick={() => give(true, 'once')}
        >
          Once
        </button>
        <button
          type="button"
          data-testid="approve-session"
          disabled={sent}
          className="button"
          onClick={() => give(true, 'session')}
        >
          This session
        </button>
        <button
          type="button"
          data-testid="approve-always"
          disabled={sent}
          className="button"
          onClick={() => give(true, 'always')}
        >
          Always
        </button>
        <button type="button" data-testid="deny" disabled={sent} className="button text-bad" onClick={() => give(false, 'once')}>
          No
        </button>
        <input
          aria-label="Note to the model"
          placeholder="Note to the model (optional)"
          maxLength={4000}
          value={note}
          disabled={sent}
          onChange={(event) => setNote(event.target.value)}
          className="field h-7 min-w-32 flex-1 py-0"
        />
      </div>
    </section>
  )
}
