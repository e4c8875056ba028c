import { readdirSync, readFileSync } from 'node:fs'
import { isInside } from './rules.ts'

/** What of the root folder holds the system and what is installed for everybody. Whatever else stands there is somebody's. */
const SYSTEM = new Set([
  ...['bin', 'boot', 'dev', 'efi', 'etc', 'gnu', 'lib', 'lib32', 'lib64', 'libx32', 'nix', 'opt', 'proc', 'run', 'sbin', 'snap'],
  ...['sys', 'tmp', 'usr', 'var'],
  ...['Applications', 'Library', 'System', 'cores', 'private'],
])

/** Homes and disks that some systems keep in folders of the system, and what programs leave for a while. */
const WITHIN = ['/run/media', '/var/home', '/var/mnt', '/var/roothome', '/var/srv', '/var/tmp']

/** Where the system and its programs have mounts of their own. A mount elsewhere in its folders is a disk of somebody's. */
const SYSTEM_MOUNTS = [
  ...['/boot', '/dev', '/etc', '/gnu', '/nix', '/proc', '/snap', '/sys', '/usr/lib', '/usr/local'],
  ...['/var/cache', '/var/lib', '/var/log', '/var/spool'],
]

/** What a computer has: the folders in its root folder, by name, and where something is mounted, as paths. */
export interface Folders {
  top: readonly string[]
  mounts: readonly string[]
}

/** Folders that do not belong to the system: homes, other disks, and whatever else stands beside it. */
export function foreignFolders({ top, mounts }: Folders): string[] {
  const own = top.filter((name) => !SYSTEM.has(name)).map((name) => `/${name}`)
  const disks = mounts.filter(
    (path) =>
      SYSTEM.has(path.split('/')[1]!) && path.lastIndexOf('/') > 0 && !SYSTEM_MOUNTS.some((place) => isInside(path, place)),
  )
  return [...own, ...WITHIN, ...disks]
}

/** What this computer has now. Links in the root folder lead to what has a place of its own. */
export function foldersHere(): Folders {
  const top = readdirSync('/', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return { top: top.map(({ name }) => name), mounts: process.platform === 'linux' ? mountsHere() : [] }
}

/** Every place on which something is mounted. None is looked at: a server that is away would hold everybody up. */
function mountsHere(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const paths = lines.flatMap(
    (line) => line.split(' ')[4]?.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8))) ?? [],
  )
  return [...new Set(paths)]
}
