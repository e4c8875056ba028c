import { z } from 'zod'
import type { SnippetResult } from '../sandbox/index.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'

const MOST_CODE = 100_000
const MOST_DATA = 1_000_000
const DEFAULT_SECONDS = 5
const MOST_SECONDS = 30

/** What runs the code. It may throw OxbowError. */
export interface SnippetHost {
  run(
    snippet: { language: 'javascript' | 'python'; code: string; data?: string | undefined; deadlineMs: number },
    signal: AbortSignal,
  ): Promise<SnippetResult>
}

const input = z.strictObject({
  language: z.enum(['javascript', 'python']),
  code: z.string().min(1).max(MOST_CODE).describe('What to run. Print what you want to know.'),
  data: z
    .json()
    .refine((value) => JSON.stringify(value).length <= MOST_DATA, `at most ${MOST_DATA} characters of JSON`)
    .optional()
    .describe('A JSON value that the code finds in the variable `data`.'),
  timeoutSeconds: z.number().min(0.1).max(MOST_SECONDS).default(DEFAULT_SECONDS),
})
type Input = z.infer<typeof input>

/**
 * Runs a snippet in WebAssembly. Its tier is `read`: the engine has no files, network, programs or environment, gets only what
 * the call itself holds, and leaves nothing behind but its answer. So there is nothing to ask a person about.
 */
export function createRunCode(snippets: SnippetHost): Tool<Input> {
  return {
    name: 'run_code',
    description:
      'Runs JavaScript, or Python (MicroPython with its small standard library), in a sandbox without files, network, packages and input, with 64 MB of memory. For calculating and for changing texts and data; use exec for all else. Returns what was printed and, in JavaScript, the value of the last expression.',
    tier: 'read',
    outward: false,
    input,
    // Others may be before it in the queue, and each of them ends.
    timeoutMs: 120_000,
    title: ({ language, code }) => `run ${language}: ${firstLine(code)}`,
    async run({ language, code, data, timeoutSeconds }, { signal }) {
      const result = await snippets.run(
        {
          language,
          code,
          deadlineMs: timeoutSeconds * 1000,
          ...(data !== undefined && { data: JSON.stringify(data) }),
        },
        signal,
      )
      return { text: bounded(textOf(result), 'the output was cut; print less'), isError: result.error !== undefined }
    },
  }
}

function textOf({ output, cut, value, error }: SnippetResult): string {
  const parts = [output.trimEnd()]
  if (cut) parts.push('[it printed more, which was dropped]')
  if (value !== undefined) parts.push(output === '' ? value : `→ ${value}`)
  if (error !== undefined) parts.push(`Error: ${error}`)
  const text = parts.filter(Boolean).join('\n')
  return text === '' ? 'It printed nothing.' : text
}

function firstLine(code: string): string {
  const [line = ''] = code.trim().split('\n')
  return line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line
}
