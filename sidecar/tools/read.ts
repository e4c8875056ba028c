import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { OxbowError } from '../foundation/index.ts'
import { openFile } from '../sandbox/index.ts'
import { binaryKind } from './kind.ts'
import { linesOf, type Pieces, pieceAt } from './lines.ts'
import { MOST_BYTES } from './text.ts'
import type { Tool, ToolContext } from './tool.ts'

const MOST_LINES = 2000
/** Kept free for the notes at the end. */
const NOTES_BYTES = 512

const input = z.strictObject({
  path: z.string().describe('File to read, relative to the workspace; or the name of a kept output, "spool:…".'),
  offset: z.number().int().min(1).optional().describe('First line to read, counted from 1. Default: 1.'),
  limit: z.number().int().min(1).max(MOST_LINES).optional().describe(`Most lines to read. Default: ${MOST_LINES}.`),
})
type Input = z.infer<typeof input>

export const read: Tool<Input> = {
  name: 'read',
  description:
    'Reads a text file of the workspace, with line numbers. Long files come in pieces: go on with the offset named at the end. The number and the tab before each line are not part of the file.',
  tier: 'read',
  input,
  timeoutMs: 30_000,
  title: ({ path, offset }) => (offset === undefined ? `read ${path}` : `read ${path} from line ${offset}`),
  async run(request, context) {
    const file = await openNamed(request.path, context)
    try {
      const files = file.path === undefined ? [] : [file.path]
      const head = await pieceAt(file, 0)
      const kind = binaryKind(head)
      if (kind !== undefined)
        return { files, text: `"${request.path}" is ${kind}, ${file.size} bytes. It cannot be shown as text.`, isError: false }
      return { text: await shown(file, head, request, context.signal), isError: false, files }
    } finally {
      // Nothing waits for it: what was read is read.
      file.handle.close().catch(() => {})
    }
  },
}

async function openNamed(
  path: string,
  { box, spool }: ToolContext,
): Promise<{ handle: FileHandle; size: number; path?: string }> {
  if (!path.startsWith('spool:')) {
    const { handle, stats, path: real } = await openFile(box, path)
    return { handle, size: stats.size, path: real }
  }
  const handle = await open(spool.locate(path)).catch((error: unknown) => {
    throw new OxbowError('NOT_FOUND', 'path.notFound', `The kept output "${path}" is gone.`, 'Run the command again.', error)
  })
  return { handle, size: (await handle.stat()).size }
}

async function shown(
  file: Pieces,
  head: Buffer,
  { path, offset = 1, limit = MOST_LINES }: Input,
  signal: AbortSignal,
): Promise<string> {
  const lines: string[] = []
  let room = MOST_BYTES - NOTES_BYTES
  let last = 0
  let next: number | undefined
  for await (const { number, text, cut } of linesOf(file, head, signal)) {
    last = number
    if (number < offset) continue
    const line = `${number}\t${text}${cut > 0 ? ` … [${cut} characters more]` : ''}`
    room -= Buffer.byteLength(line) + 1
    if (lines.length === limit || room < 0) {
      next = number
      break
    }
    lines.push(line)
  }
  if (last === 0) return '(empty file)'
  if (lines.length === 0) {
    throw new OxbowError('BAD_REQUEST', 'read.pastEnd', `"${path}" has ${last} lines; line ${offset} is past its end.`)
  }
  if (next !== undefined) lines.push('', `[The file goes on; read it from offset ${next}.]`)
  return lines.join('\n')
}
