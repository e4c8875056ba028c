import { join } from 'node:path'
import { z } from 'zod'
import { globOf } from '../policy/index.ts'
import { openFolder, shownPath } from '../sandbox/index.ts'
import { ignoring, type Prepared } from './ignored.ts'
import { bounded, shownName } from './text.ts'
import type { Tool } from './tool.ts'
import { countClosed, filesIn, leftOut } from './walk.ts'

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
    async run({ pattern, path }, { box, signal, closed }) {
      const folder = await openFolder(box, path)
      const below = shownPath(folder.real, box)
      const glob = pattern.replace(/^\.?\//, '')
      const globs = (glob.includes('/') ? [glob] : [glob, `**/${glob}`]).map(globOf)
      const found: string[] = []
      let more = false
      let hidden = 0
      let prepared: Prepared | undefined
      try {
        if (ripgrep !== undefined) prepared = await ignoring(ripgrep, folder, { box, signal })
        for await (const name of filesIn(folder.path, signal, prepared)) {
          const full = below === '' ? name : `${below}/${name}`
          if (closed?.(join(folder.real, name))) continue
          if (!globs.some((one) => one.fits(name, false) || one.fits(full, false))) continue
          more = found.length === MOST_FOUND
          if (more) break
          found.push(shownName(full))
        }
        hidden = await countClosed(folder, { closed, signal }, prepared)
      } finally {
        await prepared?.release()
        await folder.close()
      }
      if (found.length === 0) found.push('Nothing found.')
      if (more) found.push(`… more than ${MOST_FOUND}; narrow the pattern or the path.`)
      if (hidden > 0) found.push(leftOut(hidden))
      return { text: bounded(found.join('\n'), 'some names left out; narrow the pattern or the path'), isError: false }
    },
  }
}
