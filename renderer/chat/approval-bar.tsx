import { ShieldQuestionMark } from 'lucide-react'
import { useState } from 'react'
import type { Approval, ApprovalScope } from '../../sidecar/contract/index.ts'
import { answer, answerAll, focusComposer } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { ApprovalPlan, ruleInWords } from './approval-plan.tsx'
import { askedFor, isAlike } from './approval-words.ts'
import { CallArgs } from './call-args.tsx'

/** The questions that wait for a person, pinned where the answer is given: the oldest first, one at a time. */
export function ApprovalBar() {
  const approvals = useOpen((store) => store.view?.approvals)
  const first = approvals?.[0]
  if (!approvals || !first) return null
  const alike = approvals.filter((other) => isAlike(first, other))
  return <ApprovalCard key={first.id} approval={first} alike={alike} more={approvals.length - 1} />
}

/** Questions of a group that are named. */
const MOST_NAMED = 8

function ApprovalCard({ approval, alike, more }: { approval: Approval; alike: readonly Approval[]; more: number }) {
  const { verb, about } = askedFor(approval)
  const [note, setNote] = useState('')
  const [sent, setSent] = useState(false)
  const [always, setAlways] = useState(false)
  const attempt = async (send: () => Promise<unknown>) => {
    setSent(true)
    if (await send()) focusComposer()
    else setSent(false)
  }
  const give = (allow: boolean, scope: ApprovalScope) =>
    attempt(() => answer(approval.id, allow, scope, note, scope === 'always' ? approval.rules : undefined))
  const giveAll = (allow: boolean) =>
    attempt(() =>
      answerAll(
        alike.map(({ id }) => id),
        allow,
        note,
      ),
    )
  return (
    <section
      data-testid="approval-card"
      aria-label={`Permission: ${approval.title}`}
      className="mb-2 overflow-hidden rounded-xl border border-warn bg-warn-ground"
    >
      <header className="flex items-center gap-2 px-3 pt-2.5">
        <ShieldQuestionMark size={16} className="shrink-0 text-warn" aria-hidden />
        <h2 className="min-w-0 flex-1 text-[13px] font-semibold">
          Oxbow asks to {verb}
          {about !== undefined && (
            <>
              {approval.hosts ? ' ' : ': '}
              <span className="mono font-normal [overflow-wrap:anywhere]">{about}</span>
            </>
          )}
        </h2>
        {more > 0 && <span className="shrink-0 text-xs text-soft">{more} more waiting</span>}
      </header>
      <div className="flex max-h-[38vh] flex-col gap-2 overflow-y-auto px-3 py-2">
        {/* What begins with a path is no sentence of ours: its letters stay as they are. */}
        <p className={`text-[13px] text-soft ${/^[a-z]/.test(approval.reason) ? 'first-letter:uppercase' : ''}`}>
          {approval.reason}
        </p>
        <CallArgs args={approval.args} title={approval.title} />
        <ApprovalPlan approval={approval} />
        {alike.length > 1 && (
          <div data-testid="approval-group" className="text-[13px]">
            <p className="text-soft">{alike.length} questions of this kind wait in this session:</p>
            <ul className="mono">
              {alike.slice(0, MOST_NAMED).map((one) => (
                <li key={one.id} className="[overflow-wrap:anywhere]">
                  {askedFor(one).about ?? one.title}
                </li>
              ))}
            </ul>
            {alike.length > MOST_NAMED && <p className="text-soft">and {alike.length - MOST_NAMED} more</p>}
          </div>
        )}
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
        {!approval.onceOnly && (
          <>
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
              aria-expanded={approval.rules ? always : undefined}
              onClick={() => (approval.rules ? setAlways(!always) : void give(true, 'always'))}
            >
              Always{approval.rules ? '…' : ''}
            </button>
          </>
        )}
        <button type="button" data-testid="deny" disabled={sent} className="button text-bad" onClick={() => give(false, 'once')}>
          No
        </button>
        {alike.length > 1 && (
          <>
            <button type="button" data-testid="approve-all" disabled={sent} className="button" onClick={() => giveAll(true)}>
              These {alike.length} once
            </button>
            <button
              type="button"
              data-testid="deny-all"
              disabled={sent}
              className="button text-bad"
              onClick={() => giveAll(false)}
            >
              No to these {alike.length}
            </button>
          </>
        )}
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
      {always && approval.rules && (
        <div data-testid="always-rules" className="flex flex-col gap-1.5 border-t border-line px-3 py-2 text-[13px]">
          <p className="text-soft">Always adds to your rules:</p>
          <ul className="mono">
            {approval.rules.map((rule) => (
              <li key={JSON.stringify(rule)} className="[overflow-wrap:anywhere]">
                {ruleInWords(rule)}
              </li>
            ))}
          </ul>
          <div className="flex gap-1.5">
            <button
              type="button"
              data-testid="save-always"
              disabled={sent}
              className="button button-primary"
              onClick={() => give(true, 'always')}
            >
              Save and allow
            </button>
            <button
              type="button"
              data-testid="always-as-is"
              disabled={sent}
              className="button"
              onClick={() => attempt(() => answer(approval.id, true, 'always', note))}
            >
              {approval.tier === 'write' ? 'No rule: any file of this folder' : 'No rule: this very call, here'}
            </button>
            <button type="button" className="button" onClick={() => setAlways(false)}>
              Back
            </button>
          </div>
        </div>
      )}
    </section>
  )
}
