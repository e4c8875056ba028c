import { constants, existsSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { isInside, type OpenedFolder, openFile } from '../sandbox/index.ts'
import type { ToolContext } from './tool.ts'
import { type Ripgrep, recordsOf } from './walk.ts'

const MOST_LISTS = 1000
const MOST_LIST_BYTES = 256 << 10
/** Of all lists together, in characters: their lines grow by the names of their folders. */
const MOST_CHARACTERS = 4 << 20
const NAME = '.gitignore'

/** A list of what git ignores, and the folder it speaks of. */
interface List {
  path: string
  folder: string
}

/** A ripgrep that leaves out what git ignores below a folder. */
export interface Prepared extends Ripgrep {
  /** To be called after the search. */
  release(): Promise<void>
}

/**
 * ripgrep must read no list of what is ignored by itself: it runs outside of any box, and would follow a link that an agent
 * laid, or wait for a pipe. It gets one list of ours, of what the file tools would read.
 */
export async function ignoring(
  program: string,
  folder: OpenedFolder,
  { box, signal }: Pick<ToolContext, 'box' | 'signal'>,
): Promise<Prepared> {
  const lines: string[] = []
  let room = MOST_CHARACTERS
  for (const list of [...listsAbove(folder.real, box.workspace), ...(await listsBelow(program, folder, signal))]) {
    for (const line of await linesOf(list, box)) {
      const seen = seenFrom(folder.real, list.folder, line)
      room -= seen?.length ?? 0
      if (seen !== undefined && room > 0) lines.push(seen)
    }
    if (room <= 0) break
  }
  const own = await mkdtemp(join(tmpdir(), 'oxbow-ignored-'))
  const file = join(own, 'list')
  await writeFile(file, `${lines.join('\n')}\n`)
  const release = (): Promise<void> => rm(own, { recursive: true, force: true })
  return { program, options: ['--no-ignore', '--no-ignore-messages', `--ignore-file=${file}`], release }
}

/** The outermost first. A workspace may be a part of a repository. */
function listsAbove(real: string, workspace: string): List[] {
  if (!isInside(real, workspace)) return []
  const folders = [real]
  while (!existsSync(join(folders[0]!, '.git')) && folders[0] !== dirname(folders[0]!)) folders.unshift(dirname(folders[0]!))
  const [root] = folders
  if (!existsSync(join(root!, '.git'))) return listsIn(folders.slice(0, -1).filter((folder) => isInside(folder, workspace)))
  return [{ path: join(root!, '.git/info/exclude'), folder: root! }, ...listsIn(folders.slice(0, -1))]
}

const listsIn = (folders: string[]): List[] => folders.map((folder) => ({ path: join(folder, NAME), folder }))

/** The outermost first, since what stands deeper comes later and wins. */
async function listsBelow(program: string, { path, real }: OpenedFolder, signal: AbortSignal): Promise<List[]> {
  const globs = [NAME, '!.git', '!node_modules'].map((glob) => `--glob=${glob}`)
  const args = ['--files', '--no-config', '--no-ignore', '--hidden', '--no-messages', '--null', ...globs, '--', '.']
  const found: string[] = []
  for await (const name of recordsOf(program, args, path, '\0', signal)) {
    // A line break in a name would make lines of its own.
    if (!/[\r\n]/.test(name)) found.push(dirname(join(real, name)))
    if (found.length === MOST_LISTS) break
  }
  return listsIn(found.sort((a, b) => a.length - b.length))
}

/** What cannot be read as a file of the workspace, or a plain one above it, is no list. */
async function linesOf({ path, folder }: List, box: ToolContext['box']): Promise<string[]> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const isAbove = isInside(box.workspace, folder) && folder !== box.workspace
  const handle = await (isAbove
    ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    : openFile(box, path).then((file) => file.handle)
  ).catch(() => undefined)
  try {
    const stats = await handle?.stat()
    if (!stats?.isFile() || stats.size > MOST_LIST_BYTES) return []
    const { buffer, bytesRead } = await handle!.read(Buffer.alloc(stats.size), 0, stats.size, 0)
    return buffer.toString('utf8', 0, bytesRead).split('\n')
  } catch {
    return []
  } finally {
    await handle?.close()
  }
}

/** A line of a list as it reads from the folder that is searched. Undefined where it says nothing of what is below that. */
function seenFrom(searched: string, folder: string, line: string): string | undefined {
  const text = line.trimEnd()
  const not = text.startsWith('!') ? '!' : ''
  const body = text.slice(not.length)
  if (body === '' || body.startsWith('#')) return undefined
  const isAnchored = /\/./.test(body)
  const names = (isAnchored ? body.replace(/^\//, '') : `**/${body}`).split('/')
  if (isInside(folder, searched)) return `${not}/${[...namesOf(searched, folder).map(literal), ...names].join('/')}`
  for (const name of namesOf(folder, searched)) {
    if (names[0] === '**') break
    if (names[0] !== name && names[0] !== '*') return undefined
    names.shift()
  }
  // A folder that is ignored itself was asked for by name.
  return names.join('') === '' ? undefined : `${not}/${names.join('/')}`
}

const namesOf = (from: string, to: string): string[] => relative(from, to).split('/').filter(Boolean)
const literal = (name: string): string => name.replace(/[*?[\]{}\\!# ]/g, '\\$&')
