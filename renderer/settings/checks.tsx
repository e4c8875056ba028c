import { Check as CheckIcon, CircleAlert, CircleMinus, TriangleAlert } from 'lucide-react'
import type { Check, Client } from '../../sidecar/contract/index.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.system.doctor()

const LOOKS = {
  ok: { icon: CheckIcon, className: 'text-ok', words: 'Well' },
  warning: { icon: TriangleAlert, className: 'text-warn', words: 'Warning' },
  error: { icon: CircleAlert, className: 'text-bad', words: 'Error' },
  skipped: { icon: CircleMinus, className: 'text-faint', words: 'Skipped' },
} as const

/** What the doctor found, and how to mend it. */
export function Checks() {
  const [answer, again] = useAnswer(ask)
  return (
    <Section
      title="Checks"
      action={
        <button type="button" className="button" onClick={again}>
          Check again
        </button>
      }
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <ul className="rounded-lg border border-line">
          {answer.value.checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function CheckRow({ check }: { check: Check }) {
  const { icon: Icon, className, words } = LOOKS[check.status]
  return (
    <li className="flex items-start gap-2.5 border-line px-3 py-2 text-[13px] not-first:border-t">
      <Icon size={15} className={`mt-0.5 shrink-0 ${className}`} aria-label={words} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p>
          <span className="font-medium">{check.name}</span> <span className="text-soft">{check.detail}</span>
        </p>
        {check.mend && (
          <div className="mt-1 flex items-center gap-1">
            <code className="mono rounded bg-raised px-1.5">{check.mend}</code>
            <CopyButton text={check.mend} label="Copy" />
          </div>
        )}
      </div>
    </li>
  )
}
