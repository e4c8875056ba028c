import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashFile } from './hash.mjs'
import { withLock } from './lock.mjs'
import { npm } from './npm.mjs'

/** Whether node_modules holds what package-lock.json asks for, by the stamp that a finished install leaves. */
export function packagesAreCurrent(root) {
  const stamp = join(root, 'node_modules', '.oxbow-stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(root)
}

/** Installs the locked packages if they are not there as locked. Two processes at once: the second waits for the first. */
export async function ensurePackages(root, node, steps) {
  if (packagesAreCurrent(root)) return steps.skip('packages', 'up to date')
  const onWait = (pid) => steps.note(`process ${pid} is installing packages: waiting for it`)
  await withLock(join(root, '.toolchain', 'packages.lock'), () => installPackages(root, node, steps), { onWait })
}

async function installPackages(root, node, steps) {
  if (packagesAreCurrent(root)) return
  if (installedByHand(root)) steps.skip('packages', 'installed already')
  else await steps.run('packages (npm ci)', () => npm(node, ['ci', '--include=dev', '--include=optional'], root))
  // Written last: an install that was cut off leaves no stamp, and is done again.
  writeFileSync(join(root, 'node_modules', '.oxbow-stamp'), stampOf(root))
}

function stampOf(root) {
  return `${hashFile(join(root, 'package-lock.json'))} ${process.platform}-${process.arch}`
}

function installedByHand(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  return agrees(readLock(join(root, 'package-lock.json')), readLock(hidden))
}

const readLock = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {}

/**
 * Whether the lock that npm writes at the end of an install holds all that package-lock.json asks for. Optional packages may be
 * absent: they belong to other platforms.
 */
export function agrees(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return Boolean(entry.optional || entry.devOptional || entry.peer)
    return found.version === entry.version
  })
}
