import { Download, X } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { type Client, spent, type UsageBy } from '../../sidecar/contract/index.ts'
import { SessionHeader } from '../chat/session-header.tsx'
import { inWords } from '../connection/words.ts'
import { Asking, Problem, Section } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { useNotices } from '../stores/notices.ts'
import { useUi } from '../stores/ui.ts'
import { compact } from '../ui/format.ts'
import { BudgetList } from './budget-list.tsx'
import { Chart } from './chart.tsx'
import { exportCsv } from './export.ts'
import { firstDay, localDay, RANGES, type Range } from './range.ts'
import { type Metric, SHOW, toBars, tokensOf } from './rows.ts'
import { UsageTable } from './usage-table.tsx'

const BY: readonly { value: UsageBy; name: string }[] = [
  { value: 'day', name: 'Day' },
  { value: 'month', name: 'Month' },
  { value: 'model', name: 'Model' },
  { value: 'agent', name: 'Agent' },
  { value: 'session', name: 'Session' },
]
const METRICS: readonly { value: Metric; name: string }[] = [
  { value: 'cost', name: 'Cost' },
  { value: 'tokens', name: 'Tokens' },
  { value: 'calls', name: 'Calls' },
]

/** What agents used and cost, and what they may. */
export function UsagePane() {
  const { setPane } = useUi.getState()
  return (
    <main className="flex min-w-0 flex-1 flex-col" aria-label="Usage" data-testid="usage-pane">
      <SessionHeader title="Usage and budgets" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="column flex flex-col gap-8 py-6">
          <div className="flex justify-end">
            <button type="button" className="button" onClick={() => setPane('chat')}>
              <X size={14} aria-hidden /> Close
            </button>
          </div>
          <BudgetList />
          <Usage />
        </div>
      </div>
    </main>
  )
}

function Usage() {
  const [by, setBy] = useState<UsageBy>('day')
  const [metric, setMetric] = useState<Metric>('cost')
  const [range, setRange] = useState<Range>('30')
  const today = localDay()
  const from = firstDay(range, today)
  const ask = useCallback(
    async (client: Client) => ({ ...(await client.usage.summary({ by, ...(from && { from }) })), by, from }),
    [by, from],
  )
  const [answer] = useAnswer(ask)
  const download = () => exportCsv(from).catch((error: unknown) => useNotices.getState().add(inWords(error)))
  const summary = answer.state === 'answered' ? answer.value : undefined
  const bars = useMemo(() => {
    if (!summary) return []
    const first = summary.from ?? summary.rows[0]?.key
    return toBars(
      summary.by,
      summary.rows,
      metric,
      summary.by === 'day' && first ? { from: first, to: summary.today } : undefined,
    )
  }, [summary, metric])
  return (
    <Section
      title="Usage"
      action={
        <button type="button" className="button" disabled={!summary || summary.total.calls === 0} onClick={() => void download()}>
          <Download size={14} aria-hidden /> CSV
        </button>
      }
    >
      <div className="mb-3 flex flex-wrap gap-x-5 gap-y-2">
        <Choice name="By" value={by} choices={BY} onChoose={setBy} />
        <Choice name="Show" value={metric} choices={METRICS} onChoose={setMetric} />
        <label className="flex items-center gap-1.5 text-[13px] text-soft">
          Time
          <select className="field w-auto py-0.5" value={range} onChange={(event) => setRange(event.target.value as Range)}>
            {RANGES.map((choice) => (
              <option key={choice.range} value={choice.range}>
                {choice.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {summary && summary.total.calls === 0 && (
        <p className="text-[13px] text-soft">
          No model was called {summary.from ? 'in this time' : 'so far'}. Each call that a model answers is kept here, with its
          tokens and what it cost.
        </p>
      )}
      {summary && summary.total.calls > 0 && (
        <>
          <p className="text-[13px] text-soft" data-testid="usage-total">
            <span className="font-medium text-ink">{spent(summary.total)}</span> · {compact(tokensOf(summary.total))} tokens ·{' '}
            {summary.total.calls.toLocaleString()} {summary.total.calls === 1 ? 'call' : 'calls'}
          </p>
          {metric === 'cost' && summary.total.unpricedCalls === summary.total.calls ? (
            <p className="mt-1 text-[13px] text-faint">No price is known for these calls. Look at their tokens instead.</p>
          ) : (
            <Chart bars={bars} label={`${metric} by ${summary.by}`} show={SHOW[metric]} />
          )}
          <div className="mt-3">
            <UsageTable by={summary.by} rows={summary.rows} />
          </div>
        </>
      )}
    </Section>
  )
}

interface ChoiceProps<T extends string> {
  name: string
  value: T
  choices: readonly { value: T; name: string }[]
  onChoose(value: NoInfer<T>): void
}

function Choice<T extends string>({ name, value, choices, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset className="flex items-center gap-1.5 text-[13px] text-soft">
      <legend className="sr-only">{name}</legend>
      <span aria-hidden>{name}</span>
      <span className="flex rounded-md border border-line-strong p-0.5">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="cursor-default rounded px-2 py-px has-checked:bg-hover has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={`usage-${name}`}
              className="sr-only"
              checked={choice.value === value}
              onChange={() => onChoose(choice.value)}
            />
            {choice.name}
          </label>
        ))}
      </span>
    </fieldset>
  )
}
