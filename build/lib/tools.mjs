import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { findOnPath } from './npm.mjs'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'

const TRIED = inRoot('.toolchain', '.tools-tried')
const TRY_AGAIN_MS = 24 * 60 * 60_000
const APT_BOUND_MS = 5 * 60_000
const APT_TRIES = 3

/** Programs that Oxbow uses when they are there. macOS brings its own sandbox, so it needs neither bubblewrap nor socat. */
const TOOLS = {
  chromium: { package: 'chromium', why: 'browser tests', find: findChromium, systems: ['linux', 'darwin'] },
  bwrap: { package: 'bubblewrap', why: 'the sandbox of commands', find: () => findOnPath('bwrap'), systems: ['linux'] },
  socat: { package: 'socat', why: 'the network of the sandbox', find: () => findOnPath('socat'), systems: ['linux'] },
  rg: { package: 'ripgrep', why: 'fast search', find: () => findOnPath('rg'), systems: ['linux', 'darwin'] },
}

export const PRODUCT_TOOLS = ['bwrap', 'socat', 'rg']
export const TEST_TOOLS = ['chromium', ...PRODUCT_TOOLS]

/** A Chromium-family browser on this machine, or undefined. */
export function findChromium() {
  const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) => findOnPath(name))
  const apps = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome']
  return [...onPath, ...apps.map((app) => `/Applications/${app}`)].find((file) => file !== undefined && existsSync(file))
}

/** The names of those tools that this machine could have and does not have. */
export function missingTools(names) {
  return names.filter((name) => TOOLS[name].systems.includes(process.platform) && TOOLS[name].find() === undefined)
}

/** The one command that installs packages, as the person would type it; undefined on a system that we do not know. */
export function installCommand(packages, { platform, isRoot, has }) {
  const list = packages.join(' ')
  if (platform === 'darwin') {
    const casks = packages.filter((name) => name === 'chromium').map(() => 'brew install --cask chromium')
    const formulas = packages.filter((name) => name !== 'chromium')
    return [...casks, ...(formulas.length > 0 ? [`brew install ${formulas.join(' ')}`] : [])].join(' && ')
  }
  const sudo = isRoot ? '' : 'sudo '
  if (has('apt-get')) return `${sudo}apt-get install -y ${list}`
  if (has('dnf')) return `${sudo}dnf install -y ${list}`
  if (has('pacman')) return `${sudo}pacman -S ${list}`
  if (has('zypper')) return `${sudo}zypper install ${list}`
  return undefined
}

/**
 * Installs what is missing where that needs no question (root on Debian or Ubuntu), else says what to type. Never fails: Oxbow
 * runs without. An attempt that failed is not repeated for a day, unless `insist` says so.
 */
export async function ensureTools(names, steps, { insist = false } = {}) {
  const missing = missingTools(names)
  if (missing.length === 0) return steps.skip('tools', `${names.join(', ')} are there`)
  const packages = missing.map((name) => TOOLS[name].package)
  if (!canInstall() || (triedLately() && !insist)) return advise(missing, packages, steps)
  try {
    await steps.run(`tools (apt-get install ${packages.join(' ')})`, () => aptInstall(packages))
  } catch (error) {
    steps.note(`${error.message}${error.output ? `:\n${error.output.trimEnd()}` : ''}`)
    advise(missing, packages, steps)
  }
  if (missingTools(names).length === 0) return rmSync(TRIED, { force: true })
  mkdirSync(dirname(TRIED), { recursive: true })
  writeFileSync(TRIED, '')
}

const isRoot = () => process.getuid?.() === 0

function canInstall() {
  if (process.platform !== 'linux' || !isRoot() || findOnPath('apt-get') === undefined) return false
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

function triedLately() {
  const tried = statSync(TRIED, { throwIfNoEntry: false })
  return tried !== undefined && Date.now() - tried.mtimeMs < TRY_AGAIN_MS
}

function advise(missing, packages, steps) {
  const command = installCommand(packages, {
    platform: process.platform,
    isRoot: isRoot(),
    has: (name) => findOnPath(name) !== undefined,
  })
  const uses = missing.map((name) => `${TOOLS[name].package} (${TOOLS[name].why})`).join(', ')
  steps.note(`not installed: ${uses}. ${command ? `To install: ${command}` : "Install with your system's package manager."}`)
}

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = async (...args) => {
    const { code, output } = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=60', '-q', '-y', ...args], {
      env,
      timeoutMs: APT_BOUND_MS,
    })
    if (code !== 0) throw Object.assign(new Error(`apt-get ${args[0]} failed`), { output })
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      await apt('update')
      return await apt('install', '--no-install-recommends', ...packages)
    } catch (error) {
      if (attempt === APT_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, attempt * 2_000))
    }
  }
}
