import { useState } from 'react'
import type { Client, PlacedRule, PolicyRule, Simulation } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.policy.rules({})

type About = 'program' | 'path' | 'host' | 'tool' | 'workspace'
const ABOUT: Record<About, string> = {
  program: 'program, such as git',
  path: 'file, such as src/**',
  host: 'host, such as *.example.com',
  tool: 'tool, such as write',
  workspace: 'folder of the agent',
}
const VERBS = { allow: 'Allow', ask: 'Ask', deny: 'Deny' } as const

/** What agents may do without asking, and never: the rules of this Oxbow. */
export function Rules() {
  const [answer, again] = useAnswer(ask)
  const carryOut = async (work: (client: Client) => Promise<unknown>): Promise<boolean> => {
    try {
      await work(online())
      again()
      return true
    } catch (error) {
      useNotices.getState().add(inWords(error))
      return false
    }
  }
  return (
    <Section
      title="Rules"
      note="A deny wins, then the rule that names a call most closely. Dangerous commands are asked whatever is allowed."
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          {answer.value.rules.length > 0 && (
            <ul className="mb-2 rounded-lg border border-line">
              {answer.value.rules.map((placed) => (
                <Row
                  key={`${placed.index} ${JSON.stringify(placed.rule)}`}
                  placed={placed}
                  onRemove={() => carryOut((client) => client.policy.remove({ index: placed.index }))}
                />
              ))}
            </ul>
          )}
          <NewRule onAdd={(rule) => carryOut((client) => client.policy.add(rule))} />
        </>
      )}
    </Section>
  )
}

function Row({ placed: { rule }, onRemove }: { placed: PlacedRule; onRemove(): void }) {
  const { effect, reason, ...named } = rule
  const words = Object.entries(named).map(([key, value]) => `${key} ${value}`)
  return (
    <li className="flex items-center gap-3 border-line px-3 py-1.5 text-[13px] not-first:border-t">
      <span className={effect === 'deny' ? 'w-12 text-bad' : 'w-12'}>{VERBS[effect]}</span>
      <span className="mono min-w-0 flex-1 truncate">{words.join(', ') || 'everything'}</span>
      {reason && <span className="min-w-0 truncate text-soft">{reason}</span>}
      <button type="button" className="button" aria-label={`Remove the rule: ${effect} ${words.join(', ')}`} onClick={onRemove}>
        Remove
      </button>
    </li>
  )
}

function NewRule({ onAdd }: { onAdd(rule: PolicyRule): Promise<boolean> }) {
  const [effect, setEffect] = useState<PolicyRule['effect']>('ask')
  const [about, setAbout] = useState<About>('program')
  const [pattern, setPattern] = useState('')
  const [simulation, setSimulation] = useState<{ rule: PolicyRule; found: Simulation }>()
  const rule: PolicyRule = { effect, [about]: pattern.trim() }
  const looked = simulation && JSON.stringify(simulation.rule) === JSON.stringify(rule) ? simulation.found : undefined
  /** First what it would have meant for the past week, then the rule itself. */
  const add = async () => {
    if (!looked) {
      const found = await attempt(() => online().policy.simulate({ add: [rule] }))
      if (found) setSimulation({ rule, found })
    } else if (await onAdd(rule)) {
      setPattern('')
      setSimulation(undefined)
    }
  }
  return (
    <form
      aria-label="New rule"
      className="flex flex-wrap items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <select
        aria-label="Effect"
        className="field h-7 w-auto py-0"
        value={effect}
        onChange={(event) => setEffect(event.target.value as typeof effect)}
      >
        {Object.entries(VERBS).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="About"
        className="field h-7 w-auto py-0"
        value={about}
        onChange={(event) => setAbout(event.target.value as About)}
      >
        {Object.entries(ABOUT).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <input
        aria-label="Pattern"
        placeholder="Pattern: * within a name, ** over folders"
        className="field mono h-7 min-w-40 flex-1 py-0"
        value={pattern}
        maxLength={300}
        onChange={(event) => setPattern(event.target.value)}
      />
      <button type="submit" className="button" disabled={pattern.trim() === ''}>
        {looked ? 'Save rule' : 'Add rule…'}
      </button>
      {looked && (
        <div data-testid="simulation" role="status" className="w-full text-[13px]">
          <p className="text-soft">
            This would have changed {looked.changed} of {looked.calls} calls of the past 7 days.
          </p>
          <ul>
            {looked.examples.slice(0, 5).map(({ at, title, before, after }) => (
              <li key={`${at} ${title}`} className="truncate">
                {before} → {after}: <span className="mono">{title}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  )
}
