import { nearMiss } from '../../foundation/index.ts'
import type { AssistantContent, ModelMessage, ModelRequest, ToolResult } from '../provider.ts'
import { splitClauses } from './clauses.ts'
import type { Clause, Intent, Step } from './intent.ts'
import { fence } from './words.ts'

type Call = Extract<AssistantContent, { type: 'toolCall' }>
type CallStep = Extract<Step, { type: 'call' }>

/** What the guide says now, and the call it then makes. */
export interface Reply {
  text: string
  call?: { callId: string; name: string; args: Record<string, unknown> } | undefined
}

export const INTRODUCTION =
  "I am Oxbow's built-in guide, not a language model: I understand plain requests about files and commands, and nothing more."

/**
 * The guide's next words, as a function of the conversation alone: the clauses of the last request are the steps, the
 * calls made since say how far it has come.
 */
export function plan(request: ModelRequest, intents: readonly Intent[]): Reply {
  const { asked, since, before } = sinceLastRequest(request.messages)
  const calls = since.flatMap((message) => (message.role === 'assistant' ? message.content.filter(isCall) : []))
  const results = since.flatMap((message) => (message.role === 'tool' ? message.results : []))
  const { steps, unclear } = understand(asked, intents)
  const opening = before.some(({ role }) => role === 'assistant') || calls.length > 0 ? [] : [INTRODUCTION]
  const reply = (...texts: string[]): Reply => ({ text: [...opening, ...texts].join('\n\n') })

  if (unclear.length > 0 || steps.length === 0) return reply(clarify(unclear, steps, intents))

  const made = calls.length
  const told: string[] = []
  if (made > 0) {
    const done = steps.filter(isCallStep)[made - 1]
    const result = results.find(({ callId }) => callId === calls[made - 1]?.callId)
    told.push(report(done, result))
    if (result?.isError !== false) return reply(...told, ...skipped(steps.filter(isCallStep).slice(made)))
  }
  let seen = 0
  for (const step of steps) {
    if (step.type === 'say') {
      if (seen === made) told.push(step.text)
      continue
    }
    seen++
    if (seen <= made) continue
    if (!request.tools.some(({ name }) => name === step.tool)) {
      return reply(...told, `I would ${step.doing}, but this session has no tool \`${step.tool}\`.`)
    }
    const callId = `guide_${countCalls(request.messages) + 1}`
    return { ...reply(...told, `I will ${step.doing}.`), call: { callId, name: step.tool, args: step.args } }
  }
  return reply(...told)
}

function sinceLastRequest(messages: readonly ModelMessage[]) {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  let first = last
  while (first > 0 && messages[first - 1]?.role === 'user') first--
  const asked = messages
    .slice(Math.max(0, first), last + 1)
    .flatMap((message) => (message.role === 'user' ? message.content : []))
    .flatMap((content) => (content.type === 'text' ? [content.text] : []))
  return { asked, since: messages.slice(last + 1), before: messages.slice(0, Math.max(0, first)) }
}

/** The steps of a request, and the clauses that no intent knows. */
export function understand(asked: readonly string[], intents: readonly Intent[]): { steps: Step[]; unclear: string[] } {
  const verbs = [...new Set([...intents.flatMap((intent) => intent.verbs), ...OTHER_VERBS])]
  const steps: Step[] = []
  const unclear: string[] = []
  let lastPath: string | undefined
  for (const text of asked.flatMap((each) => splitClauses(each, verbs))) {
    const clause: Clause = { text, lastPath }
    const step = firstMatch(intents, clause)
    if (step === undefined) unclear.push(text)
    else steps.push(step)
    if (step?.type === 'call') lastPath = step.path ?? lastPath
  }
  return { steps, unclear }
}

/** Verbs that begin a request without being understood: better asked about than taken for a file's content. */
const OTHER_VERBS = ['delete', 'remove', 'move', 'copy', 'count', 'summarize', 'summarise', 'translate', 'fix', 'build', 'append']

/** No plain request is longer; it keeps the patterns of the intents quick on any text. */
const MAX_CLAUSE = 10_000

function firstMatch(intents: readonly Intent[], clause: Clause): Step | undefined {
  if (clause.text.length > MAX_CLAUSE) return undefined
  for (const intent of intents) {
    const step = intent.match(clause)
    if (step !== undefined) return step
  }
  return undefined
}

function report(step: CallStep | undefined, result: ToolResult | undefined): string {
  if (result === undefined) return 'I have no result of my last step, so I stop here.'
  if (result.isError) return `That did not work. The tool \`${result.name}\` said:\n\n${fence(result.text)}`
  const lead = step?.lead ?? `The tool \`${result.name}\` said:`
  if (result.text.trim() === '') return step?.nothing ?? lead
  return `${lead}\n\n${fence(result.text)}`
}

function skipped(steps: readonly CallStep[]): string[] {
  return steps.length === 0 ? [] : [`I stopped there, so I did not ${steps.map(({ doing }) => doing).join(', nor ')}.`]
}

function clarify(unclear: readonly string[], steps: readonly Step[], intents: readonly Intent[]): string {
  const lines: string[] = []
  if (unclear.length > 0) lines.push(`I did not understand ${unclear.map((text) => `“${short(text)}”`).join(', ')}.`)
  const understood = steps.filter(isCallStep)
  if (understood.length > 0) {
    lines.push(
      `I did understand: ${understood.map(({ doing }) => doing).join(', ')}. I have done none of it, so as not to do half.`,
    )
  }
  const verbs = new Set(intents.flatMap((intent) => intent.verbs))
  const firstWord = /^[a-z]{3,}/i.exec(unclear[0] ?? '')?.[0]
  const near = firstWord === undefined || verbs.has(firstWord.toLowerCase()) ? undefined : nearMiss(firstWord, verbs)
  if (near !== undefined) lines.push(`Did you mean “${near}”?`)
  const examples = intents.flatMap((intent) => intent.examples.slice(0, 1).map((example) => `- ${intent.name}: “${example}”`))
  lines.push(`I am no language model. What I understand, for example:\n\n${examples.join('\n')}`)
  return lines.join('\n\n')
}

const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text)
const isCall = (part: AssistantContent): part is Call => part.type === 'toolCall'
const isCallStep = (step: Step): step is CallStep => step.type === 'call'
const countCalls = (messages: readonly ModelMessage[]): number =>
  messages.reduce((sum, message) => sum + (message.role === 'assistant' ? message.content.filter(isCall).length : 0), 0)
