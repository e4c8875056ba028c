import { createInterface, type Interface } from 'node:readline/promises'
import type { Approval } from '../../contract/index.ts'
import type { AskPerson, PersonAnswer } from './asker.ts'
import type { Host } from './host.ts'
import { plainLine } from './plain.ts'

const CHOICES = '[o]nce  [s]ession  [a]lways  [n]o (n WHY tells the agent why): '

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

/** Asks until the answer is one. Undefined when the signal aborts or the input ends. */
export async function askWith(
  lines: Pick<Interface, 'question'>,
  { tier, title, reason }: Approval,
  signal: AbortSignal,
  write: (text: string) => void,
): Promise<PersonAnswer | undefined> {
  write(`\n${plainLine(`May the agent ${tier === 'exec' ? 'run ' : ''}${title}? (${reason})`)}\n`)
  try {
    for (;;) {
      const answer = parseAnswer(await lines.question(CHOICES, { signal }))
      if (answer) return answer
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
    write('\n')
    return undefined
  }
}

/** A question of its own per approval; undefined where no person sits at the terminal. */
export function askAtTerminal({ terminal: { stdin, stderr }, interrupts }: Host): AskPerson | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  return async (approval, signal) => {
    const lines = createInterface({ input: stdin, output: stderr })
    // A terminal that reads keys hands Ctrl-C to us rather than to the process.
    lines.on('SIGINT', () => interrupts.raise())
    try {
      return await askWith(lines, approval, signal, (text) => void stderr.write(text))
    } finally {
      lines.close()
    }
  }
}
