import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'

const PACKAGE = inRoot('node_modules', 'electron')
const FETCH_BOUND_MS = 120_000

/** Electron's executable, or undefined when its runtime of the locked version is not here. */
export function electronRuntime() {
  try {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
    const found = readFileSync(join(PACKAGE, 'dist', 'version'), 'utf8')
      .replace(/^v/, '')
      .trim()
    const executable = join(PACKAGE, 'dist', readFileSync(join(PACKAGE, 'path.txt'), 'utf8'))
    return found === version && existsSync(executable) ? executable : undefined
  } catch {
    return undefined
  }
}

/** Why no window can open on this machine, whatever is installed; undefined if one can. */
export function noWindowBecause({ platform, env, isRoot }) {
  if (platform === 'darwin') return undefined
  if (platform !== 'linux') return `Oxbow has no window for ${platform}`
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display'
  if (isRoot) return "Electron's sandbox does not run as root (start Oxbow as an ordinary user)"
  return undefined
}

/** Why Electron's own sandbox cannot start, with the command that mends it; undefined if nothing speaks against it. */
export function sandboxProblem(executable) {
  if (process.platform !== 'linux' || !usernsRestricted()) return undefined
  const helper = join(executable, '..', 'chrome-sandbox')
  const stat = statSync(helper, { throwIfNoEntry: false })
  if (stat === undefined || (stat.uid === 0 && (stat.mode & 0o4000) !== 0)) return undefined
  return `this system keeps Electron's sandbox from starting. To allow it: sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`
}

function usernsRestricted() {
  const is = (file, value) => existsSync(file) && readFileSync(file, 'utf8').trim() === value
  return (
    is('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1') ||
    is('/proc/sys/kernel/unprivileged_userns_clone', '0') ||
    is('/proc/sys/user/max_user_namespaces', '0')
  )
}

/** Fetches Electron's runtime with its own installer. Resolves with the reason if it cannot be had, else undefined. */
export async function fetchElectron(steps) {
  try {
    await steps.run(`Electron's runtime (at most ${FETCH_BOUND_MS / 1000} s)`, () => runInstaller(steps))
    return undefined
  } catch (error) {
    return `Electron's runtime could not be fetched (${error.message})`
  }
}

async function runInstaller(steps) {
  const began = Date.now()
  const beat = setInterval(
    () => steps.progress(`fetching Electron's runtime: ${Math.round((Date.now() - began) / 1000)} s`),
    1_000,
  )
  try {
    const script = join(PACKAGE, 'install.js')
    const { code, output } = await run(process.execPath, [script], { timeoutMs: FETCH_BOUND_MS })
    if (code !== 0) throw new Error(firstError(output))
  } finally {
    clearInterval(beat)
    steps.progress('')
  }
  if (electronRuntime() === undefined) throw new Error('its installer left nothing behind')
}

function firstError(output) {
  const line = output.split('\n').find((text) => /error/i.test(text))
  return (line ?? output.trim().split('\n').at(-1) ?? 'no reason given').trim().slice(0, 160)
}
