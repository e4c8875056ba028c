import { ShieldQuestionMark } from 'lucide-react'
import { useRef, useState } from 'react'
import { type Approval, type ApprovalScope, askedFor, coverageOf, visible } from '../../sidecar/contract/index.ts'
import { answer, answerAll, focusComposer } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { isAlike } from './alike.ts'
import { AnswerButton } from './answer-button.tsx'
import { ApprovalAlways } from './approval-always.tsx'
import { ApprovalGroup } from './approval-group.tsx'
import { ApprovalPlan } from './approval-plan.tsx'
import { CallArgs } from './call-args.tsx'

/** The questions that wait for a person, pinned where the answer is given: the oldest first, one at a time. */
export function ApprovalBar() {
  const approvals = useOpen((store) => store.view?.approvals)
  const first = approvals?.[0]
  if (!approvals || !first) return null
  const alike = approvals.filter((other) => isAlike(first, other)).slice(0, MOST_AT_ONCE)
  return <ApprovalCard key={first.id} approval={first} alike={alike} more={approvals.length - 1} />
}

/** Questions that are answered at once, at most. */
const MOST_AT_ONCE = 100

function ApprovalCard({ approval, alike, more }: { approval: Approval; alike: readonly Approval[]; more: number }) {
  const { verb, about } = askedFor(approval)
  const [note, setNote] = useState('')
  const [sent, setSent] = useState(false)
  const [always, setAlways] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const attempt = async (send: () => Promise<unknown>) => {
    setSent(true)
    if (await send()) focusComposer()
    else setSent(false)
  }
  const give = (allow: boolean, scope: ApprovalScope, rules?: Approval['rules']) =>
    attempt(() => answer(approval.id, allow, scope, note, rules))
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
              <span className="mono font-normal [overflow-wrap:anywhere]">{visible(about)}</span>
            </>
          )}
        </h2>
        {more > 0 && <span className="shrink-0 text-xs text-soft">{more} more waiting</span>}
      </header>
      <div className="flex max-h-[38vh] flex-col gap-2 overflow-y-auto px-3 py-2">
        {/* What begins with a path is no sentence of ours: its letters stay as they are. */}
        <p className={`text-[13px] text-soft ${/^[a-z]/.test(approval.reason) ? 'first-letter:uppercase' : ''}`}>
          {visible(approval.reason)}
        </p>
        <CallArgs args={approval.args} title={approval.title} diff={approval.diff} />
        <ApprovalPlan approval={approval} />
        {alike.length > 1 && <ApprovalGroup alike={alike} />}
      </div>
      <div className="flex flex-wrap items-center gap-1.5 border-t border-line px-3 py-2">
        <AnswerButton name="approve-once" look="primary" disabled={sent} onClick={() => give(true, 'once')}>
          Allow once
        </AnswerButton>
        {!approval.onceOnly && (
          <>
            <AnswerButton name="approve-session" disabled={sent} onClick={() => give(true, 'session')}>
              This session: {visible(coverageOf(approval))}
            </AnswerButton>
            <AnswerButton
              ref={opener}
              name="approve-always"
              disabled={sent}
              aria-expanded={always}
              onClick={() => setAlways(!always)}
            >
              Always…
            </AnswerButton>
          </>
        )}
        <AnswerButton name="deny" look="no" disabled={sent} onClick={() => give(false, 'once')}>
          No
        </AnswerButton>
        {alike.length > 1 && (
          <>
            <AnswerButton name="approve-all" disabled={sent} onClick={() => giveAll(true)}>
              Allow these {alike.length} once
            </AnswerButton>
            <AnswerButton name="deny-all" look="no" disabled={sent} onClick={() => giveAll(false)}>
              No to these {alike.length}
            </AnswerButton>
          </>
        )}
        <input
          aria-label="Note to the model"
          placeholder="Note to the model (optional)"
          maxLength={4000}
          value={note}
          disabled={sent}
          onChange={(event) => setNote(event.target.value)}
          className="field h-7 min-w-52 flex-1 py-0"
        />
      </div>
      {always && (
        <ApprovalAlways
          approval={approval}
          sent={sent}
          onGive={(asRules) => give(true, 'always', asRules ? approval.rules : undefined)}
          onBack={() => {
            setAlways(false)
            opener.current?.focus()
          }}
        />
      )}
    </section>
  )
}
