import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { findProgram, OxbowError } from '../foundation/index.ts'
import type { OpenedFolder } from '../sandbox/index.ts'
import type { ToolContext } from './tool.ts'

const MOST_FILES = 200_000
const MOST_DEPTH = 40
const SKIPPED = ['.git', 'node_modules']

/** ripgrep, if it is installed here. */
export const findRipgrep = (): string | undefined => findProgram('rg')

/** ripgrep, and the options by which it leaves out what git ignores: see `withIgnored`. */
export interface Ripgrep {
  program: string
  options: readonly string[]
}

/** Files below a real folder, relative to it, links not followed. What git ignores is left out where ripgrep is there. */
export async function* filesIn(folder: string, signal: AbortSignal, ripgrep: Ripgrep | undefined): AsyncGenerator<string> {
  if (ripgrep === undefined) {
    yield* walk(folder, signal)
    return
  }
  const always = ['--files', '--no-config', '--hidden', '--no-messages', '--null', '--sort=path', '--glob=!.git']
  const args = [...always, ...ripgrep.options, '--', '.']
  let count = 0
  for await (const name of recordsOf(ripgrep.program, args, folder, '\0', signal)) {
    yield name.replace(/^\.\//, '')
    count += 1
    if (count === MOST_FILES) return
  }
}

/**
 * How many files below a folder rules close. They are told by number alone and whatever was searched for, as the number would else
 * answer questions about them.
 */
export async function countClosed(
  folder: OpenedFolder,
  { closed, signal }: Pick<ToolContext, 'closed' | 'signal'>,
  ripgrep: Ripgrep | undefined,
): Promise<number> {
  if (!closed) return 0
  let count = 0
  for await (const name of filesIn(folder.path, signal, ripgrep)) if (closed(join(folder.real, name))) count += 1
  return count
}

/** What a search says of files it was not to look at. */
export const leftOut = (count: number): string =>
  `… ${count === 1 ? '1 file' : `${count} files`} left out: closed by a rule of the person.`

async function* walk(root: string, signal: AbortSignal): AsyncGenerator<string> {
  let count = 0
  const open: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    signal.throwIfAborted()
    const { path, depth } = at
    const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => [])
    const folders = entries.filter((entry) => entry.isDirectory() && !SKIPPED.includes(entry.name) && depth < MOST_DEPTH)
    open.push(
      ...folders.map((entry) => ({ path: join(path, entry.name), depth: depth + 1 })).sort((a, b) => (a.path < b.path ? 1 : -1)),
    )
    for (const entry of entries.filter((one) => one.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      yield join(path, entry.name)
      count += 1
      if (count === MOST_FILES) return
    }
  }
}

/**
 * What ripgrep prints, split. It is ended when the taker stops. A status of 2 or more is an error where it says one: it is silent
 * of what could not be looked at, a folder too deep or closed to us. So is an end by a signal that is not ours: it looked at a part only.
 * @throws OxbowError `search.failed`
 */
export async function* recordsOf(
  program: string,
  args: string[],
  cwd: string,
  separator: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const child = spawn(program, args, {
    cwd,
    env: { LANG: 'C.UTF-8' },
    signal,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(0, 2000)
  })
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((done, fail) =>
    child.once('close', (code, by) => done({ code, by })).once('error', fail),
  )
  ended.catch(() => {})
  const decoder = new StringDecoder('utf8')
  try {
    let rest = ''
    for await (const chunk of child.stdout) {
      const parts = (rest + decoder.write(chunk as Buffer)).split(separator)
      rest = parts.pop()!
      yield* parts
    }
    rest += decoder.end()
    if (rest !== '') yield rest
    const { code, by } = await ended
    const why = said.trim() || (by === null ? '' : `it was ended by ${by}`)
    if ((by !== null || code! > 1) && why !== '')
      throw new OxbowError('BAD_REQUEST', 'search.failed', `The search failed: ${why}`)
  } finally {
    child.kill('SIGKILL')
  }
}
