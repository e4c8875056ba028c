import { readdir, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'

const MOST_FOLDERS = 1000

/**
 * The folders inside a folder, hidden ones left out; for a person who picks a workspace in a browser.
 * @param path absolute; the person's home when absent
 * @throws OxbowError `folder.unreadable`
 */
export async function browse(
  path = homedir(),
): Promise<{ path: string; parent: string | null; folders: string[]; truncated: boolean }> {
  if (!isAbsolute(path))
    throw new OxbowError('BAD_REQUEST', 'folder.relative', `"${path}" is no absolute path`, 'Begin it with /.')
  try {
    const real = await realpath(path)
    const entries = await readdir(real, { withFileTypes: true })
    const folders = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort((a, b) => a.localeCompare(b))
    const parent = dirname(real)
    return {
      path: real,
      parent: parent === real ? null : parent,
      folders: folders.slice(0, MOST_FOLDERS),
      truncated: folders.length > MOST_FOLDERS,
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OxbowError(
      'NOT_FOUND',
      'folder.unreadable',
      `${join(path)} cannot be listed: ${why}`,
      'Choose another folder.',
      cause,
    )
  }
}
