import { matchesGlob } from 'node:path'
import { z } from 'zod'
import { openFolder, shownPath } from '../sandbox/index.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'
import { filesIn } from './walk.ts'

const MOST_FOUND = 500

const input = z.strictObject({
  pattern: z.string().min(1).max(300).describe('Glob for file names, such as "*.ts" (in any folder) or "src/**/*.test.ts".'),
  path: z.string().default('.').describe('Folder to search in, relative to the workspace. Default: the workspace.'),
})

/** @param ripgrep path of ripgrep; undefined where there is none */
export function createFind(ripgrep: string | undefined): Tool<z.infer<typeof input>> {
  return {
    name: 'find',
    description: 'Finds files of the workspace by name. Leaves out what git ignores.',
    tier: 'read',
    input,
    timeoutMs: 30_000,
    title: ({ pattern, path }) => (path === '.' ? `find ${pattern}` : `find ${pattern} in ${path}`),
    async run({ pattern, path }, { box, signal }) {
      const folder = await openFolder(box, path)
      const below = shownPath(folder.real, box)
      const glob = pattern.replace(/^\.?\//, '')
      const globs = glob.includes('/') ? [glob] : [glob, `**/${glob}`]
      const found: string[] = []
      let more = false
      try {
        for await (const name of filesIn(folder.path, signal, ripgrep)) {
          const full = below === '' ? name : `${below}/${name}`
          if (!globs.some((one) => matchesGlob(name, one) || matchesGlob(full, one))) continue
          more = found.length === MOST_FOUND
          if (more) break
          found.push(full)
        }
      } finally {
        await folder.close()
      }
      if (found.length === 0) return { text: 'Nothing found.', isError: false }
      if (more) found.push(`… more than ${MOST_FOUND}; narrow the pattern or the path.`)
      return { text: bounded(found.join('\n'), 'some names left out; narrow the pattern or the path'), isError: false }
    },
  }
}
