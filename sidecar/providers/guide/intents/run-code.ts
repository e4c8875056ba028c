import type { Intent } from '../intent.ts'
import { unquote } from '../words.ts'

const ASKED =
  /^(?:run|execute)\s+(?:(?:this|the\s+following|some)\s+)?(python|javascript|js)(?:\s+(?:code|snippet))?\s*:\s*([\s\S]+)$/i

export const runCode: Intent = {
  name: 'run code',
  does: 'runs JavaScript or Python that reaches nothing, and shows what it prints',
  examples: ['run this python: print(6 * 7)'],
  verbs: ['run', 'execute'],
  match({ text }) {
    const [, named, asked] = ASKED.exec(text) ?? []
    if (named === undefined || asked === undefined) return undefined
    const language = named.toLowerCase() === 'python' ? 'python' : 'javascript'
    const fenced = /^```\w*\n([\s\S]*?)\n?```\s*$/.exec(asked.trim())?.[1]
    const code = fenced ?? unquote(asked.trim())
    return {
      type: 'call',
      tool: 'run_code',
      args: { language, code },
      doing: `run the ${language === 'python' ? 'Python' : 'JavaScript'}`,
      lead: 'It printed:',
      nothing: 'It printed nothing.',
    }
  },
}
