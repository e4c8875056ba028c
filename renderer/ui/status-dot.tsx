import clsx from 'clsx'
import type { SessionSummary } from '../../sidecar/contract/index.ts'

const LOOKS = {
  idle: { className: 'bg-transparent', words: '' },
  running: { className: 'bg-accent pulse', words: 'Running' },
  waiting: { className: 'bg-warn', words: 'Waiting for your answer' },
  failed: { className: 'bg-bad', words: 'Failed' },
  interrupted: { className: 'ring-2 ring-inset ring-bad', words: 'Interrupted' },
} as const satisfies Record<SessionSummary['status'], unknown>

/** How a session stands, as a dot with its words for a screen reader. */
export function StatusDot({ status }: { status: SessionSummary['status'] }) {
  const { className, words } = LOOKS[status]
  return (
    <span className={clsx('size-2 shrink-0 rounded-full', className)} title={words || undefined}>
      {words && <span className="sr-only">{words}</span>}
    </span>
  )
}
