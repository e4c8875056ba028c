import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..', '..')

/** Electron's program when everything to run it is here, else why not. Looks only: importing `electron` would fetch it. */
export function electronRuntime(): { program: string } | { missing: string } {
  const folder = join(ROOT, 'node_modules', 'electron')
  const name = existsSync(join(folder, 'path.txt')) ? readFileSync(join(folder, 'path.txt'), 'utf8').trim() : 'electron'
  const program = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), name)
  if (!existsSync(program)) return { missing: 'the Electron runtime is not on this machine (npx install-electron fetches it)' }
  if (!existsSync(join(ROOT, 'out', 'main', 'main.cjs'))) return { missing: 'Oxbow is not built (npm start builds it)' }
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return { missing: 'there is no display (xvfb-run gives one)' }
  return { program }
}
