import type { Intent } from '../intent.ts'
import { code, isQuoted, unquote } from '../words.ts'

const ASKED = /^(?:(?:run|exec|execute)(?:\s*:\s*|\s+(?:the\s+)?(?:shell\s+)?(?:command\b\s*:?\s*)?)|[$!]\s*)([\s\S]+)$/i
const TIMEOUT = /\s+(?:with\s+an?\s+timeout\s+of|for\s+at\s+most)\s+(\d+)\s*(?:s|secs?|seconds?)\.?$/i

export const run: Intent = {
  name: 'run',
  does: 'runs a command in the sandbox',
  examples: ['run `npm test`', '$ ls -la'],
  verbs: ['run', 'exec', 'execute'],
  match({ text }) {
    const asked = ASKED.exec(text)
    if (asked === null) return undefined
    const seconds = TIMEOUT.exec(asked[1]!)?.[1]
    const words = asked[1]!.replace(TIMEOUT, '').trim()
    // A full stop ends the sentence when a letter stands before it: `git add .` keeps its dot.
    const sentence = words.replace(/(?<=[\w`"”])[.!]$/, '')
    const command = isQuoted(sentence) || sentence.startsWith('```') ? unquote(sentence).trim() : sentence
    if (command === '') return undefined
    return {
      type: 'call',
      tool: 'exec',
      args: { command, ...(seconds !== undefined && { timeoutSeconds: Number(seconds) }) },
      doing: `run ${code(command)}`,
      lead: `${code(command)} printed:`,
      nothing: `${code(command)} is done; it printed nothing.`,
    }
  },
}
