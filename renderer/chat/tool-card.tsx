import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import type { ToolPart } from '../../sidecar/contract/index.ts'
import { duration } from '../ui/format.ts'
import { CallArgs, Pre } from './call-args.tsx'
import { DiffView } from './diff-view.tsx'
import { useFold } from './fold-memory.ts'
import { ToolStatusIcon, toolWords } from './tool-status.tsx'

const SAID_IN_WORDS: readonly ToolPart['status'][] = ['waiting', 'denied', 'cancelled', 'interrupted', 'failed']
/** What a running tool shows of its output: the newest. */
const TAIL = { chars: 4_000, lines: 14 }
const SMALL_DIFF_LINES = 40
const NOT_WORTH_SAYING_MS = 100

/** One tool call: a line that says what and how it went, and inside it everything there is to know. */
export const ToolCard = memo(function ToolCard({ part }: { part: ToolPart }) {
  const { status, diff } = part
  const smallDiff = diff !== undefined && diff.added + diff.removed <= SMALL_DIFF_LINES
  const [open, toggle] = useFold(part.id, status === 'running' || status === 'failed' || smallDiff)
  return (
    <article
      data-testid="tool-card"
      data-status={status}
      aria-label={part.title}
      className={clsx('my-2 overflow-hidden rounded-lg border', status === 'waiting' ? 'border-warn' : 'border-line')}
    >
      <button
        type="button"
        aria-expanded={open}
        onClick={toggle}
        className="flex min-h-9 w-full items-center gap-2 bg-raised px-3 py-1.5 text-left hover:bg-hover -outline-offset-2"
      >
        <ToolStatusIcon status={status} />
        <span className="mono min-w-0 flex-1 truncate">{part.title}</span>
        {diff && (
          <span className="mono shrink-0">
            <span className="text-ok">+{diff.added}</span> <span className="text-bad">−{diff.removed}</span>
          </span>
        )}
        <Duration part={part} />
        <ChevronRight size={14} className={clsx('shrink-0 text-faint', open && 'rotate-90')} aria-hidden />
      </button>
      {SAID_IN_WORDS.includes(status) && (
        <p className={clsx('border-t border-line px-3 py-1.5 text-[13px]', status === 'waiting' ? 'text-warn' : 'text-soft')}>
          {toolWords(status)}
          {status === 'denied' && part.output && `: ${part.output}`}
        </p>
      )}
      {open && <Inside part={part} />}
    </article>
  )
})

function Inside({ part }: { part: ToolPart }) {
  const { status, output, diff } = part
  const shown = status === 'running' ? tail(output) : output
  return (
    <div className="flex flex-col gap-2 border-t border-line p-3">
      {diff ? <DiffView diff={diff.diff} /> : <CallArgs args={part.args} title={part.title} />}
      {shown && status !== 'denied' && !(diff && status === 'done') && <Pre text={shown} label="Output" />}
      {part.spool && <p className="text-[13px] text-faint">The whole output is in {part.spool}</p>}
      {part.note && <p className="text-[13px] text-soft">Your note: {part.note}</p>}
    </div>
  )
}

const tail = (output: string): string => output.slice(-TAIL.chars).trimEnd().split('\n').slice(-TAIL.lines).join('\n')

function Duration({ part: { status, startedAt, finishedAt } }: { part: ToolPart }) {
  const running = status === 'running'
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [running])
  if (!startedAt || (!running && !finishedAt)) return null
  const took = (running ? now : Date.parse(finishedAt ?? startedAt)) - Date.parse(startedAt)
  if (took < NOT_WORTH_SAYING_MS) return null
  return <span className="shrink-0 text-xs tabular-nums text-faint">{duration(took)}</span>
}
