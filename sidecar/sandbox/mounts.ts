import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { type BwrapLine, isMount, placeOf, readBwrapLine, writeBwrapLine } from './bwrap-line.ts'
import { CONFINE_MOUNT, confined } from './confine.ts'
import { CLOSED, HELPER, lostIsolation, PROXY } from './isolation-check.ts'
import type { Root } from './roots.ts'
import { isInside } from './rules.ts'

/** Made by the runtime itself, or by us. */
const NOT_FROM_HERE = ['dev', 'proc', 'vault']

/**
 * Gives a line that enters a bubblewrap the virtual roots: the root folder becomes an empty one that holds this
 * computer's folders, read-only as before, and the roots beside them. `/workspace` and `/shared` are links, so that
 * every protection of their real place holds; `/tmp` is the box's own, and nothing is mounted below it, where a
 * command could have laid a link. The command is confined to what can be written there.
 * @throws OxbowError `sandbox.entrance`: a line that cannot be read, or that would come out with less isolation, is not run
 */
export function withRoots(line: string, roots: readonly Root[]): string {
  const before = readBwrapLine(line)
  if (!before || !isWhole(before)) throw refused('it is built in a way that is not known here')
  const after = writeBwrapLine(rebuilt(before, roots))
  const lost = lostIsolation(before, after, roots)
  if (lost !== undefined) throw refused(lost)
  return after
}

/**
 * Whether a box starts from the whole of this computer, read-only, and from it alone. What is mounted before that is hidden
 * by it, and would not be any more: only the way to a proxy may stand there.
 */
function isWhole({ options }: BwrapLine): boolean {
  const mounts = options.filter(isMount)
  const root = mounts.findIndex((mount) => placeOf(mount) === '/')
  return (
    mounts.filter((mount) => placeOf(mount) === '/').length === 1 &&
    mounts[root]!.join(' ') === '--ro-bind / /' &&
    mounts.slice(0, root).every((mount) => /\/claude-[a-z]+-[0-9a-f]+\.sock$/.test(placeOf(mount)))
  )
}

function rebuilt({ program, options, inner }: BwrapLine, roots: readonly Root[]): BwrapLine {
  // What the way in itself needs must stay where it is.
  const mapped = roots.filter(({ name }) => !inner.some((word) => needs(word, name)))
  let command = inner
  const kept = options.flatMap((option) => {
    // What mounts nothing stays, above all the namespaces: an empty place would stand for the sidecar's own folder.
    if (!isMount(option)) return [option]
    const place = placeOf(option)
    if (place === '/') return []
    if (option[0] === '--proc') return [option, ...kernelSettings(place)]
    // What this computer has there is not in the box.
    if (!mapped.some(({ name }) => isInside(place, name))) return [option]
    const proxy = PROXY.exec(place)?.[1]
    if (proxy === undefined) return []
    // The way to a proxy lies in the shared /tmp: it gets a place beside the roots.
    const moved = `/.oxbow-${proxy}`
    command = command.map((word) => word.replaceAll(place, moved))
    return [[...option.slice(0, -1), moved]]
  })
  const helper = HELPER.exec(command.join(' '))?.[0]
  // The runtime's own helper must be there whatever is hidden.
  const helpers = [...(helper === undefined ? [] : [['--ro-bind', helper, helper]]), CONFINE_MOUNT]
  const all = [...CLOSED, ...rootFolder(mapped), ...kept, ...helpers, ['--remount-ro', '/']]
  return { program, options: all, inner: confined(command, all) }
}

/** The kernel's settings belong to user 0 whatever rights it has left: as root, a command could have the kernel run a program. */
const kernelSettings = (proc: string): string[][] =>
  process.getuid?.() === 0 ? [['--ro-bind', '/proc/sys', join(proc, 'sys')]] : []

/** Whether a word of the inner command names something in the folder `root`, other than a proxy, that must be reached. */
const needs = (word: string, root: string): boolean =>
  new RegExp(String.raw`(?<![\w./-])${root}/(?!claude-[a-z]+-[0-9a-f]+\.sock)`).test(word)

/** The root folder of a box: what is in this computer's, and the virtual roots. */
function rootFolder(roots: readonly Root[]): string[][] {
  const taken = new Set([...NOT_FROM_HERE, ...roots.map(({ name }) => name.slice(1))])
  const here = readdirSync('/', { withFileTypes: true })
    .filter((entry) => !taken.has(entry.name))
    .map((entry) => {
      const path = join('/', entry.name)
      return entry.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind-try', path, path]
    })
  const ours = roots.map(({ name, real }) => (name === '/tmp' ? ['--bind', real, name] : ['--symlink', real, name]))
  return [...here, ['--dir', '/vault'], ...ours]
}

const refused = (why: string): OxbowError =>
  new OxbowError(
    'SERVICE_UNAVAILABLE',
    'sandbox.entrance',
    `The box cannot be entered: ${why}. Nothing was run.`,
    'This is a fault of Oxbow or of its sandbox runtime: report it, and use another tier until it is mended.',
  )
