import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openFolder } from '../sandbox/index.ts'
import { bounded, shownName } from './text.ts'
import type { Tool } from './tool.ts'

const MOST_ENTRIES = 500

const input = z.strictObject({
  path: z.string().default('.').describe('Folder to list, relative to the workspace. Default: the workspace itself.'),
})

export const ls: Tool<z.infer<typeof input>> = {
  name: 'ls',
  description: 'Lists a folder of the workspace: folders end in /, files show their size in bytes, links show where they lead.',
  tier: 'read',
  input,
  timeoutMs: 10_000,
  title: ({ path }) => `ls ${path}`,
  async run({ path }, { box, closed }) {
    const folder = await openFolder(box, path)
    try {
      const all = await readdir(folder.path)
      const names = closed ? all.filter((name) => !closed(join(folder.real, name))) : all
      if (all.length === 0) return { text: '(empty)', isError: false }
      const shown = names.sort().slice(0, MOST_ENTRIES)
      const lines = await Promise.all(shown.map((name) => describe(folder.path, name)))
      if (names.length > shown.length) lines.push(`… and ${names.length - shown.length} more; narrow it with find.`)
      if (names.length < all.length) lines.push(`… ${all.length - names.length} left out: closed by a rule of the person.`)
      return { text: bounded(lines.join('\n'), 'some names left out; narrow it with find'), isError: false }
    } finally {
      await folder.close()
    }
  },
}

async function describe(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  const shown = shownName(name)
  const found = await lstat(path).catch(() => undefined)
  if (!found) return shown
  if (found.isDirectory()) return `${shown}/`
  if (found.isSymbolicLink()) return `${shown} -> ${shownName(await readlink(path).catch(() => '?'))}`
  return found.isFile() ? `${shown}  ${found.size}` : `${shown}  (device, pipe or socket)`
}
