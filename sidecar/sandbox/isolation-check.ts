import { type BwrapLine, isMount, placeOf, readBwrapLine } from './bwrap-line.ts'
import { FILTER_FD } from './call-filter.ts'
import { CONFINE_MOUNT, confined, isConfined } from './confine.ts'
import type { Root } from './roots.ts'
import { isInside } from './rules.ts'

/** The way to a proxy of ours, where the runtime puts it. */
export const PROXY = /^\/tmp\/(claude-[a-z]+-[0-9a-f]+\.sock)$/
/** The program that closes system calls before the command runs. */
export const HELPER = /\/[\w./@+-]*\/apply-seccomp(?=\s)/

/** Without these there is no box, whatever the runtime would make. */
const REQUIRED = ['--new-session', '--die-with-parent', '--unshare-net', '--unshare-pid', '--unshare-user', '--cap-drop ALL']
/** What the runtime leaves open and we close: shared memory of other programs, and the kernel's keyrings. */
export const CLOSED = [['--unshare-ipc'], ['--seccomp', FILTER_FD]]
const WRITABLE = ['--bind', '--bind-try', '--dev-bind']

/**
 * Compares a line with what it was before it got the virtual roots, by reading it as bubblewrap will.
 * @returns what isolation it has lost; undefined where none is
 */
export function lostIsolation(before: BwrapLine, line: string, roots: readonly Root[]): string | undefined {
  const after = readBwrapLine(line)
  if (!after || after.program !== before.program) return 'its line cannot be read again'
  const ours = new Set(CLOSED.map(keyOf))
  const others = (from: BwrapLine): string[] =>
    from.options.map(keyOf).filter((key, at) => !isMount(from.options[at]!) && !ours.has(key))
  const missing = [...REQUIRED, ...CLOSED.map((option) => option.join(' '))].find(
    (option) => !after.options.some((one) => one.join(' ') === option),
  )
  if (missing !== undefined) return `${missing} is missing`
  if (keyOf(others(before)) !== keyOf(others(after))) return 'its options are not those that it had'
  return lostMounts(before, after, roots) ?? lostCommand(before, after)
}

function lostMounts(before: BwrapLine, after: BwrapLine, roots: readonly Root[]): string | undefined {
  const mounts = after.options.filter(isMount)
  const mapped = roots.filter((root) => mounts.some((mount) => keyOf(mount) === keyOf(rootMount(root))))
  const kept = before.options.filter((option) => isMount(option) && placeOf(option) !== '/')
  const expected = kept.flatMap((mount) => {
    if (!mapped.some(({ name }) => isInside(placeOf(mount), name))) return [keyOf(mount)]
    const proxy = PROXY.exec(placeOf(mount))?.[1]
    return proxy === undefined ? [] : [keyOf([...mount.slice(0, -1), `/.oxbow-${proxy}`])]
  })
  let next = 0
  for (const mount of mounts) {
    const key = keyOf(mount)
    if (key === expected[next]) next += 1
    else if (!isAddition(mount, mapped, next > 0)) return `it would mount ${placeOf(mount)} in another way`
  }
  if (next < expected.length) return 'it would not mount all that it should'
  return keyOf(mounts.at(-1) ?? []) === keyOf(['--remount-ro', '/']) ? undefined : 'its root folder could be changed'
}

/** What may stand beside the mounts that were there: before them this computer's folders read-only, after them less than that. */
function isAddition(mount: readonly string[], mapped: readonly Root[], late: boolean): boolean {
  const [name, from] = mount
  const place = placeOf(mount)
  if (name === '--remount-ro') return place === '/'
  if (late && keyOf(mount) === keyOf(CONFINE_MOUNT)) return true
  if (late) return name === '--ro-bind' && from === place && (place === '/proc/sys' || place.endsWith('/apply-seccomp'))
  if (mapped.some((root) => keyOf(mount) === keyOf(rootMount(root)))) return true
  if (WRITABLE.includes(name!)) return false
  const entry = /^\/[^/]+$/.test(place) && !['/dev', '/proc'].includes(place) && !mapped.some((root) => root.name === place)
  if (name === '--dir') return place === '/vault'
  return entry && place !== '/vault' && (name === '--symlink' || (name === '--ro-bind-try' && from === place))
}

function lostCommand(before: BwrapLine, after: BwrapLine): string | undefined {
  if (!/\/apply-seccomp(?=['"\s])/.test(after.inner.join(' '))) return 'system calls would stay open'
  const hasProgram = after.options.some((option) => keyOf(option) === keyOf(CONFINE_MOUNT))
  if (!hasProgram || !isConfined(after.inner)) return 'it could write beyond its folders'
  const moved = before.options.flatMap((option) => (isMount(option) && PROXY.test(placeOf(option)) ? [placeOf(option)] : []))
  const isMoved = (place: string): boolean =>
    after.options.some((option) => isMount(option) && placeOf(option) === place.replace('/tmp/', '/.oxbow-'))
  const command = moved
    .filter(isMoved)
    .reduce((words, place) => words.map((word) => word.replaceAll(place, place.replace('/tmp/', '/.oxbow-'))), before.inner)
  return keyOf(confined(command, after.options)) === keyOf(after.inner) ? undefined : 'its command is not the one it had'
}

const rootMount = ({ name, real }: Root): string[] => (name === '/tmp' ? ['--bind', real, name] : ['--symlink', real, name])

const keyOf = (words: readonly string[]): string => JSON.stringify(words)
