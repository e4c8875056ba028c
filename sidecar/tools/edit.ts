import type { Stats } from 'node:fs'
import { z } from 'zod'
import { OxbowError } from '../foundation/index.ts'
import { type Box, openFile, readOpened, replaceFile, shownPath } from '../sandbox/index.ts'
import { diffOf } from './diff.ts'
import { textOf } from './kind.ts'
import { explainMissing } from './missing.ts'
import { headOf, MOST_BYTES } from './text.ts'
import type { Tool } from './tool.ts'

const MOST_FILE = 10 << 20
const MOST_PLACES = 20

const input = z.strictObject({
  path: z.string().describe('File to change, relative to the workspace.'),
  oldText: z
    .string()
    .min(1)
    .describe('The text to replace, exactly as it stands in the file, with its indentation and line ends.'),
  newText: z.string().describe('What to put there instead.'),
  replaceAll: z.boolean().optional().describe('Replace every occurrence. Default: there must be exactly one.'),
})

export const edit: Tool<z.infer<typeof input>> = {
  name: 'edit',
  description:
    'Replaces a text in a file of the workspace. The old text must stand there exactly, and once unless replaceAll is true.',
  tier: 'write',
  input,
  timeoutMs: 30_000,
  title: ({ path }) => `edit ${path}`,
  async run({ path, oldText, newText, replaceAll = false }, { box }) {
    if (oldText === newText) return problem('oldText and newText are the same; nothing was changed.')
    const { text: before, stats, path: real } = await wholeText(box, path)
    const places = placesOf(before, oldText)
    if (places.length === 0) return { ...problem(explainMissing(before, oldText, path)), files: [real] }
    if (places.length > 1 && !replaceAll) return problem(ambiguous(before, places, path))
    const after = before.split(oldText).join(newText)
    await replaceFile(box, path, Buffer.from(after), stats)
    const shown = shownPath(await box.resolve(path, 'read'), box)
    const count = places.length === 1 ? '' : `, ${places.length} places`
    const diff = diffOf(shown, before, after.toWellFormed())
    return { text: `Changed ${shown}${count} (+${diff.added} −${diff.removed} lines).`, isError: false, diff }
  },
}

const problem = (text: string) => ({ text: headOf(text, MOST_BYTES), isError: true })

async function wholeText(box: Box, path: string): Promise<{ text: string; stats: Stats; path: string }> {
  const { handle, stats, path: real } = await openFile(box, path)
  try {
    if (stats.size > MOST_FILE) {
      throw new OxbowError(
        'BAD_REQUEST',
        'edit.tooLarge',
        `"${path}" is larger than ${MOST_FILE >> 20} MiB.`,
        'Change it with a command.',
      )
    }
    const text = textOf(await readOpened({ handle, stats }))
    if (text !== undefined) return { text, stats, path: real }
    throw new OxbowError('BAD_REQUEST', 'edit.binary', `"${path}" is no text in UTF-8.`, 'Change it with a command.')
  } finally {
    await handle.close()
  }
}

function placesOf(text: string, part: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) places.push(at)
  return places
}

function ambiguous(text: string, places: readonly number[], path: string): string {
  const numbers = places.slice(0, MOST_PLACES).map((at) => lineAt(text, at))
  const more = places.length > MOST_PLACES ? ', …' : ''
  return `oldText stands in "${path}" ${places.length} times, at lines ${numbers.join(', ')}${more}. Nothing was changed. Take in more of the lines around the one you mean, or set replaceAll.`
}

function lineAt(text: string, at: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i !== -1 && i < at; i = text.indexOf('\n', i + 1)) line += 1
  return line
}
