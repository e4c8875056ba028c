import { BY_AGENT, type MemoryType } from '../../contract/index.ts'

/** Something that may be worth remembering. */
export interface Candidate {
  text: string
  type: MemoryType
  tags: readonly string[]
  /** From 0 to 1. */
  importance: number
  /** When it began to hold, in any usual wording; absent: when it was said. */
  validFrom?: string | undefined
  /** Where it came from: empty for the person's own words, `agent` for a model's, others for what a stranger may have written. */
  taint: readonly string[]
  /** Its message, where one is known. */
  message?: string | undefined
  /** Where it is a memory already, and only which of two holds is asked: its id. */
  known?: string | undefined
}

/** How far something may be believed: what a stranger may have written, what a model made of it, the person's own words. */
export type Trust = 'stranger' | 'agent' | 'person'

/** These say what it holds, not that a stranger may have written it. */
const HARMLESS: ReadonlySet<string> = new Set([BY_AGENT, 'private'])

/** The trust that labels leave. */
export function trustOf(taint: readonly string[]): Trust {
  if (!taint.every((label) => HARMLESS.has(label))) return 'stranger'
  return taint.includes(BY_AGENT) ? 'agent' : 'person'
}

const ORDER: readonly Trust[] = ['stranger', 'agent', 'person']

/** Whether something with the first labels may change something with the second: only what is trusted at least as much. */
export const mayChange = (by: readonly string[], what: readonly string[]): boolean =>
  ORDER.indexOf(trustOf(by)) >= ORDER.indexOf(trustOf(what))
