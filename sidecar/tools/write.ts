import { z } from 'zod'
import { OxbowError } from '../foundation/index.ts'
import { type Box, openFile, readOpened, replaceFile, shownPath } from '../sandbox/index.ts'
import { diffOf, OF_QUESTION } from './diff.ts'
import { textOf } from './kind.ts'
import type { Tool } from './tool.ts'

const MOST_CONTENT = 10 << 20
const MOST_COMPARED = 2 << 20

const input = z.strictObject({
  path: z.string().describe('File to write, relative to the workspace. Missing folders are made.'),
  content: z.string().max(MOST_CONTENT).describe('The whole new content.'),
})

export const write: Tool<z.infer<typeof input>> = {
  name: 'write',
  description: 'Writes a file of the workspace, new or in place of the old content. To change a part of a file use edit.',
  tier: 'write',
  input,
  timeoutMs: 30_000,
  title: ({ path }) => `write ${path}`,
  async preview({ path, content }, box) {
    const before = await oldText(box, path)
    if (!before.exists) return undefined
    if (before.text !== undefined) return diffOf(path, before.text, content.toWellFormed(), OF_QUESTION)
    return { path, diff: '(what stands there is no text, or too long to compare)', added: 0, removed: 0, cut: true }
  },
  async run({ path, content }, { box }) {
    const before = await oldText(box, path)
    const bytes = Buffer.from(content)
    await replaceFile(box, path, bytes)
    const shown = shownPath(await box.resolve(path, 'read'), box)
    const diff = before.text === undefined ? undefined : diffOf(shown, before.text, content.toWellFormed())
    const text = `${before.exists ? 'Replaced' : 'Created'} ${shown}, ${bytes.length} bytes.`
    return { text, isError: false, ...(diff && { diff }) }
  },
}

/** What stood there before, for the diff; no text when it was none or is too long. */
async function oldText(box: Box, path: string): Promise<{ exists: boolean; text?: string | undefined }> {
  try {
    const { handle, stats } = await openFile(box, path)
    try {
      return { exists: true, text: stats.size > MOST_COMPARED ? undefined : textOf(await readOpened({ handle, stats })) }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof OxbowError && error.code === 'path.notFound') return { exists: false, text: '' }
    throw error
  }
}
