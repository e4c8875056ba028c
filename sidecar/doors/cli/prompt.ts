import { createInterface, type Interface } from 'node:readline/promises'
import { type Approval, coverageOf, onOneLine } from '../../contract/index.ts'
import type { AskPerson, PersonAnswer } from './asker.ts'
import type { Host } from './host.ts'
import { alwaysLines, questionLines } from './question.ts'

const NO = '[n]o (n WHY tells the agent why): '

/** What a person typed as an answer; undefined where it is none. */
export function parseAnswer(text: string): PersonAnswer | undefined {
  const [, word = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(text) ?? []
  switch (word.toLowerCase()) {
    case 'o':
    case 'once':
    case 'y':
    case 'yes':
      return { allow: true, scope: 'once' }
    case 's':
    case 'session':
      return { allow: true, scope: 'session' }
    case 'a':
    case 'always':
      return { allow: true, scope: 'always' }
    case 'n':
    case 'no':
      return { allow: false, scope: 'once', ...(rest !== '' && { note: rest.slice(0, 4000) }) }
    default:
      return undefined
  }
}

type Lines = Pick<Interface, 'question'>
type Write = (text: string) => void

/** Asks until the answer is one that the question takes. Undefined when the signal aborts or the input ends. */
export async function askWith(
  lines: Lines,
  approval: Approval,
  signal: AbortSignal,
  write: Write,
): Promise<PersonAnswer | undefined> {
  write(`\n${questionLines(approval).join('\n')}\n`)
  return untilAborted(write, async () => {
    for (;;) {
      const answer = parseAnswer(await lines.question(choicesOf(approval), { signal }))
      if (answer && approval.onceOnly && answer.scope !== 'once') write(`${alwaysLines(approval).join('\n')}\n`)
      else if (answer?.scope === 'always') {
        const always = await whichAlways(lines, approval, signal, write)
        if (always) return always
      } else if (answer) return answer
    }
  })
}

/** Shows what "always" covers and asks for it. Undefined where it is taken back, the signal aborts or the input ends. */
export async function askAlways(
  lines: Lines,
  approval: Approval,
  signal: AbortSignal,
  write: Write,
): Promise<PersonAnswer | undefined> {
  write(`${questionLines(approval).join('\n')}\n`)
  return untilAborted(write, () => whichAlways(lines, approval, signal, write))
}

async function whichAlways(
  lines: Lines,
  approval: Approval,
  signal: AbortSignal,
  write: Write,
): Promise<PersonAnswer | undefined> {
  const { rules } = approval
  write(`${alwaysLines(approval).join('\n')}\n`)
  const choices = rules ? `[r]ules, saved  [w]ithout: ${coverageOf(approval)}  [b]ack: ` : '[y]es  [b]ack: '
  for (;;) {
    const text = (await lines.question(onOneLine(choices), { signal })).trim().toLowerCase()
    if (/^b(ack)?$/.test(text)) return undefined
    if (rules && /^r(ules)?$/.test(text)) return { allow: true, scope: 'always', rules }
    if ((rules ? /^w(ithout)?$/ : /^y(es)?$/).test(text)) return { allow: true, scope: 'always' }
  }
}

const choicesOf = (approval: Approval): string =>
  approval.onceOnly ? `[o]nce  ${NO}` : onOneLine(`[o]nce  [s]ession: ${coverageOf(approval)}  [a]lways…  ${NO}`)

async function untilAborted<T>(write: Write, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
    write('\n')
    return undefined
  }
}

/** A question of its own per approval; undefined where no person sits at the terminal. */
export const askAtTerminal = (host: Host): AskPerson | undefined => atTerminal(host, askWith)

/** The same for an answer that shall hold for always. */
export const askAlwaysAtTerminal = (host: Host): AskPerson | undefined => atTerminal(host, askAlways)

function atTerminal({ terminal: { stdin, stderr }, interrupts }: Host, ask: typeof askWith): AskPerson | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  return async (approval, signal) => {
    const lines = createInterface({ input: stdin, output: stderr })
    // A terminal that reads keys hands Ctrl-C to us rather than to the process.
    lines.on('SIGINT', () => interrupts.raise())
    try {
      return await ask(lines, approval, signal, (text) => void stderr.write(text))
    } finally {
      lines.close()
    }
  }
}
