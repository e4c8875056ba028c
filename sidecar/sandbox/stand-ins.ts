import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile } from '../foundation/index.ts'
import { holdFolder } from './held-folder.ts'

/** Of a repository's settings, in bytes. */
const MOST_CONFIG = 1 << 20

/** Commands that run now, by the stand-in folder they rely on: it may go only when none is left. */
const users = new Map<string, number>()

/**
 * Makes what commands must not be able to make, where it is missing: a workspace's settings, and what git obeys.
 * @param git folders of git's in it
 * @returns what takes the settings away again
 */
export function standIn(workspace: string, git: readonly string[]): () => void {
  for (const folder of git) {
    const held = holdFolder(folder)
    held?.use(forGit)
    held?.release()
  }
  const path = join(workspace, '.oxbow')
  const count = users.get(path) ?? 0
  if (!makeFolder(path) && count === 0) return () => {}
  users.set(path, count + 1)
  return () => {
    const left = (users.get(path) ?? 1) - 1
    if (left > 0) {
      users.set(path, left)
      return
    }
    users.delete(path)
    try {
      rmdirSync(path)
    } catch {
      // Somebody put something into it: it is theirs now.
    }
  }
}

/** What git takes for nothing while it is empty. */
function forGit(folder: string): void {
  if (!existsSync(join(folder, 'objects'))) return
  makeFolder(join(folder, 'hooks'))
  makeFile(join(folder, 'config'))
  if (/worktreeconfig/i.test(textOf(join(folder, 'config')))) makeFile(join(folder, 'config.worktree'))
}

/** @returns whether it was missing and is there now */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
}

function makeFile(path: string): void {
  try {
    writeFileSync(path, '', { flag: 'wx' })
  } catch {
    // It is there already, or the folder is somebody else's.
  }
}

function textOf(path: string): string {
  try {
    return readPlainFile(path, MOST_CONFIG)
  } catch {
    return ''
  }
}
