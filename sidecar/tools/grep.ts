import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { openFolder, shownPath } from '../sandbox/index.ts'
import { ignoring, type Prepared } from './ignored.ts'
import { type Hit, searchOwn } from './search.ts'
import { bounded, shownName } from './text.ts'
import type { Tool, ToolContext } from './tool.ts'
import { countClosed, leftOut, recordsOf } from './walk.ts'

const MOST_FOUND = 300
const MOST_OF_LINE = 300

const input = z.strictObject({
  pattern: z.string().min(1).max(1000).describe('Regular expression to search for.'),
  path: z.string().default('.').describe('Folder or file to search in, relative to the workspace. Default: the workspace.'),
  glob: z.string().max(300).optional().describe('Search only files whose names match, such as "*.ts".'),
  ignoreCase: z.boolean().optional().describe('Take upper and lower case as equal. Default: false.'),
})
type Input = z.infer<typeof input>

/** @param ripgrep path of ripgrep; undefined where there is none */
export function createGrep(ripgrep: string | undefined): Tool<Input> {
  return {
    name: 'grep',
    description: 'Searches the text of files of the workspace, line by line: path:line:text. Leaves out what git ignores.',
    tier: 'read',
    input,
    timeoutMs: 60_000,
    title: ({ pattern, path }) => (path === '.' ? `grep ${pattern}` : `grep ${pattern} in ${path}`),
    async run(request, context) {
      const found: string[] = []
      const files = new Set<string>()
      const matches = ripgrep === undefined ? searchOwn(request, context) : searchRipgrep(ripgrep, request, context)
      for await (const { file, line } of matches) {
        if (found.length === MOST_FOUND) {
          found.push(`… more than ${MOST_FOUND} lines; narrow the pattern, path or glob.`)
          break
        }
        files.add(file)
        found.push(line.length > MOST_OF_LINE ? `${line.slice(0, MOST_OF_LINE).toWellFormed()} …` : line)
      }
      if (found.length === 0) found.push('Nothing found.')
      const hidden = await closedFiles(request.path, context, ripgrep)
      if (hidden > 0) found.push(leftOut(hidden))
      const text = bounded(found.join('\n'), 'some lines left out; narrow the pattern, path or glob')
      return { text, isError: false, files: [...files] }
    },
  }
}

/** Of a folder that was searched. */
async function closedFiles(path: string, context: ToolContext, ripgrep: string | undefined): Promise<number> {
  const { box, closed } = context
  if (!closed || !(await stat(await box.resolve(path, 'read'))).isDirectory()) return 0
  const folder = await openFolder(box, path)
  let prepared: Prepared | undefined
  try {
    if (ripgrep !== undefined) prepared = await ignoring(ripgrep, folder, context)
    return await countClosed(folder, context, prepared)
  } finally {
    await prepared?.release()
    await folder.close()
  }
}

async function* searchRipgrep(ripgrep: string, request: Input, context: ToolContext): AsyncGenerator<Hit> {
  const { box, signal, closed } = context
  const { pattern, path, glob, ignoreCase = false } = request
  const target = await box.resolve(path, 'read')
  const isFolder = (await stat(target)).isDirectory()
  const folder = await openFolder(box, isFolder ? target : dirname(target))
  const always = [
    ...[
      '--no-config',
      '--hidden',
      '--no-messages',
      '--line-number',
      '--with-filename',
      '--no-heading',
      '--color=never',
      '--null',
    ],
    ...['--sort=path', '--max-columns=2000', '--max-columns-preview', '--max-filesize=50M', '--max-count=200', '--glob=!.git'],
    // What a pattern may keep of its way through a text; by itself ripgrep keeps up to a gigabyte.
    '--dfa-size-limit=32M',
    ...(ignoreCase ? ['--ignore-case'] : []),
    ...(glob === undefined ? [] : [`--glob=${glob}`]),
    `--regexp=${pattern}`,
  ]
  const below = shownPath(folder.real, box)
  let prepared: Prepared | undefined
  try {
    if (isFolder) prepared = await ignoring(ripgrep, folder, context)
    // A file that is ignored was asked for by name.
    const args = [...always, ...(prepared?.options ?? ['--no-ignore']), '--', isFolder ? '.' : `./${basename(target)}`]
    let begun = ''
    for await (const piece of recordsOf(ripgrep, args, folder.path, '\n', signal)) {
      const record = begun + piece
      const end = record.indexOf('\0')
      // The name of a file may hold line breaks; no line that was found does.
      begun = end === -1 ? `${record}\n` : ''
      if (end === -1) continue
      const name = record.slice(0, end).replace(/^\.\//, '')
      const file = join(folder.real, name)
      if (closed?.(file)) continue
      const shown = shownName(below === '' ? name : `${below}/${name}`)
      yield { file, line: `${shown}:${record.slice(end + 1).replace(/\r$/, '')}` }
    }
  } finally {
    await prepared?.release()
    await folder.close()
  }
}
