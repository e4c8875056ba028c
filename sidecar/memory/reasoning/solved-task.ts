import { stem } from '../learn/frame.ts'
import { tellingWords, wordsOf } from '../words.ts'

/** What a turn with tools came to. */
export interface SolvedTask {
  session: string
  /** Names it, so that a turn is kept once. */
  turn: string
  at: string
  /** The person's words. */
  goal: string
  calls: readonly { title: string; ok: boolean }[]
  completed: boolean
  /** What the agent said at the end. */
  answered: string
  taint: readonly string[]
}

const MOST_GOAL = 300
const MOST_STEPS = 15
const MOST_STEP = 120
const MOST_OUTCOME = 200
/** A task of fewer steps or words has nothing to tell for the next one. */
const FEWEST_STEPS = 2
const FEWEST_WORDS = 3

/** How a task was solved, in the form in which it is kept; undefined: nothing was learned from it. */
export function textOfTask({ goal, calls, completed, answered }: SolvedTask): string | undefined {
  const steps = calls.filter(({ ok }) => ok).map(({ title }) => short(title, MOST_STEP))
  const failed = calls.filter(({ ok }) => !ok).map(({ title }) => short(title, MOST_STEP))
  if (steps.length < FEWEST_STEPS || tellingWords(wordsOf(goal)).length < FEWEST_WORDS) return undefined
  const lines = [
    `Task: ${short(goal, MOST_GOAL)}`,
    `Steps: ${withoutRepeats(steps).slice(0, MOST_STEPS).join('; ')}`,
    ...(failed.length > 0 ? [`Failed on the way: ${withoutRepeats(failed).slice(0, 5).join('; ')}`] : []),
    `Outcome: ${completed ? 'completed' : 'not completed'}${answered.trim() === '' ? '' : `. ${short(answered, MOST_OUTCOME)}`}`,
  ]
  return lines.join('\n')
}

/** How alike the goals of two tasks are, from 0 to 1: by the words they share. @param text of a kept one */
export function likeGoal(goal: string, text: string): number {
  const a = bag(short(goal, MOST_GOAL))
  const b = bag(/^Task: (.*)$/m.exec(text)?.[1] ?? '')
  const shared = [...a].filter((word) => b.has(word)).length
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size)
}

/** Whether a kept text tells of a task that came to its end. */
export const wasCompleted = (text: string): boolean => /^Outcome: completed/m.test(text)

/** How many steps a kept text names. */
export const stepsIn = (text: string): number => (/^Steps: (.*)$/m.exec(text)?.[1] ?? '').split('; ').length

const bag = (text: string): Set<string> => new Set(tellingWords(wordsOf(text)).map(stem))
const withoutRepeats = (lines: readonly string[]): string[] => lines.filter((line, at) => line !== lines[at - 1])

function short(text: string, most: number): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  return flat.length > most ? `${flat.slice(0, most).toWellFormed()}…` : flat
}
