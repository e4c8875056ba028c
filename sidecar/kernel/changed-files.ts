import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NewTaintedFile, TaintedFiles } from '../policy/index.ts'
import type { Box } from '../sandbox/index.ts'

/** Files looked at after a command of a conversation with words from outside; past it the whole workspace counts. */
const MOST_LOOKED_AT = 20_000
/** How much coarser a file system's clock may be, in milliseconds: a change just before the command counts too. */
const CLOCK_SLACK_MS = 20
/** A larger file is known by its path alone. */
const MOST_HASHED = 2 << 20

/** Labels what changed since a moment in the folders of a box that outlive it: the workspace, and what agents share. */
export async function markChanged(
  files: TaintedFiles,
  { workspace, shared }: Pick<Box, 'workspace' | 'shared'>,
  sinceMs: number,
  about: Parameters<TaintedFiles['mark']>[2],
): Promise<void> {
  for (const root of shared === undefined ? [workspace] : [workspace, shared])
    files.mark(await changedSince(root, sinceMs), root, about)
}

/** The SHA-256 of a file's content; undefined where it is no file, or a large one. What was opened is looked at: a pipe is not waited for. */
export async function hashOf(path: string): Promise<string | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = await file.stat()
    if (!found.isFile() || found.size > MOST_HASHED || found.size === 0) return undefined
    return hash('sha256', await file.readFile(), 'hex')
  } catch {
    return undefined
  } finally {
    await file?.close()
  }
}

/** Folders that only programs write: changed, they count as a whole. */
const WHOLE = new Set(['.git', 'node_modules', '.venv', '__pycache__', 'target', 'dist'])

/**
 * Files below a folder whose content, name or rights changed since a moment. The time of the change cannot be set by who
 * makes it, unlike that of the content. A folder that changed while its list of names did not was moved, with all in it.
 * @param sinceMs as `Date.now()` says it
 */
async function changedSince(root: string, sinceMs: number): Promise<NewTaintedFile[]> {
  const from = sinceMs - CLOCK_SLACK_MS
  const changed: NewTaintedFile[] = []
  const waiting = [root]
  let left = MOST_LOOKED_AT
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    left -= entries.length
    if (left < 0) return [{ path: root, folder: true }]
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (!entry.isDirectory() && !entry.isFile()) continue
      const found = await stat(path).catch(() => undefined)
      const fresh = found !== undefined && found.ctimeMs >= from
      if (entry.isFile()) {
        if (fresh) changed.push({ path, hash: await hashOf(path) })
      } else if (fresh && (WHOLE.has(entry.name) || found.mtimeMs < from)) changed.push({ path, folder: true })
      else if (!WHOLE.has(entry.name)) waiting.push(path)
    }
  }
  return changed
}
