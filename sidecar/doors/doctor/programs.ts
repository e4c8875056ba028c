import { existsSync } from 'node:fs'
import { findProgram } from '../../foundation/index.ts'
import { type DoctorContext, type Finding, ok, skipped } from './context.ts'
import { installLine } from './install.ts'

/** A check for one program that Oxbow calls. @param without what its absence means */
export function checkProgram(program: string, packageName: string, status: 'error' | 'warning', without: string) {
  return ({ env, platform = process.platform }: DoctorContext): Finding => {
    const path = findProgram(program, env.PATH)
    if (path !== undefined) return ok(path)
    return { status, detail: `not found: ${without}`, mend: installLine(packageName, platform, env.PATH) }
  }
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'brave-browser']
const APPS = ['Chromium', 'Google Chrome', 'Microsoft Edge', 'Brave Browser']

/** Any browser of the Chromium family; only browsing by agents and the browser tests need one. */
export function checkChromium({ env, platform = process.platform }: DoctorContext): Finding {
  const apps = APPS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  const found =
    platform === 'darwin'
      ? apps.find((path) => existsSync(path))
      : BROWSERS.map((name) => findProgram(name, env.PATH)).find((path) => path !== undefined)
  if (found !== undefined) return ok(found)
  return skipped('not found; optional, for browser tests and for agents that browse', installLine('chromium', platform, env.PATH))
}
