import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Root } from './roots.ts'
import { isInside } from './rules.ts'

/** How many words follow each of bubblewrap's options that the runtime uses; the last of a mount is its place. */
const MOUNTS: Readonly<Record<string, number>> = {
  '--bind': 2,
  '--bind-try': 2,
  '--ro-bind': 2,
  '--ro-bind-try': 2,
  '--dev-bind': 2,
  '--symlink': 2,
  '--tmpfs': 1,
  '--dir': 1,
  '--dev': 1,
  '--proc': 1,
  '--remount-ro': 1,
}
const OTHERS: Readonly<Record<string, number>> = {
  '--setenv': 2,
  '--unsetenv': 1,
  '--cap-add': 1,
  '--cap-drop': 1,
  '--new-session': 0,
  '--die-with-parent': 0,
  '--unshare-net': 0,
  '--unshare-pid': 0,
  '--unshare-user': 0,
  '--disable-userns': 0,
}
/** Made by the runtime itself, or by us. */
const NOT_FROM_HERE = ['dev', 'proc', 'vault']

/**
 * Gives a line that enters a bubblewrap the virtual roots: the root folder becomes an empty one that holds this
 * computer's folders, read-only as before, and the roots beside them. `/workspace` and `/shared` are links, so that
 * every protection of their real place holds; `/tmp` is the box's own, and nothing is mounted below it, where a
 * command could have laid a link. A line that is built in another way stays as it is.
 */
export function withRoots(line: string, roots: readonly Root[]): string {
  const words = wordsOf(line)
  const options = words && optionsOf(words)
  if (!options) return line
  const own = roots.find(({ name }) => name === '/tmp')
  const mapped = own && options.inner.some((word) => needsTmp(word)) ? roots.filter((root) => root !== own) : roots
  const tmp = mapped.find(({ name }) => name === '/tmp')
  let inner = options.inner
  const kept = options.list.flatMap((option) => {
    // What mounts nothing stays, above all the namespaces: an empty place would stand for the sidecar's own folder.
    if (!(option[0]! in MOUNTS)) return option
    const place = option.at(-1)!
    if (place === '/') return []
    if (option[0] === '--proc') return [...option, ...kernelSettings(place)]
    if (!tmp || !isInside(place, '/tmp')) return option
    const proxy = PROXY.exec(place)?.[1]
    if (proxy === undefined) return []
    // The way to a proxy lies in the shared /tmp: it gets a place beside the roots.
    const moved = `/.oxbow-${proxy}`
    inner = inner.map((word) => word.replaceAll(place, moved))
    return [...option.slice(0, -1), moved]
  })
  const helper = HELPER.exec(inner.join(' '))?.[0]
  const [program = '', ...before] = [...options.head, ...rootFolder(mapped)]
  // The runtime's own helper must be there whatever is hidden.
  const after = [...(helper === undefined ? [] : ['--ro-bind', helper, helper]), '--remount-ro', '/', '--']
  return [program, ...before, ...kept, ...after, ...inner].map(quoted).join(' ')
}

/** The kernel's settings belong to user 0 whatever rights it has left: as root, a command could have the kernel run a program. */
const kernelSettings = (proc: string): string[] => (process.getuid?.() === 0 ? ['--ro-bind', '/proc/sys', join(proc, 'sys')] : [])

const PROXY = /^\/tmp\/(claude-[a-z]+-[0-9a-f]+\.sock)$/
const HELPER = /\/[\w./@+-]*\/apply-seccomp(?=\s)/

/** Whether a word of the inner command names something in /tmp, other than a proxy, that must be reached. */
const needsTmp = (word: string): boolean => /(?<![\w./-])\/tmp\/(?!claude-[a-z]+-[0-9a-f]+\.sock)/.test(word)

interface Options {
  head: string[]
  list: string[][]
  inner: string[]
}

/** The options by themselves; undefined for what is no plain call of bubblewrap on the whole of this computer. */
function optionsOf([program = '', ...words]: readonly string[]): Options | undefined {
  if (!program.endsWith('/bwrap')) return undefined
  const end = words.indexOf('--')
  const list: string[][] = []
  for (let at = 0; at < end; ) {
    const count = MOUNTS[words[at]!] ?? OTHERS[words[at]!]
    if (count === undefined) return undefined
    list.push(words.slice(at, at + count + 1))
    at += count + 1
  }
  const whole = list.some(([option, from, to]) => option === '--ro-bind' && from === '/' && to === '/')
  return whole ? { head: [program], list, inner: words.slice(end + 1) } : undefined
}

/** The root folder of a box: what is in this computer's, and the virtual roots. */
function rootFolder(roots: readonly Root[]): string[] {
  const taken = new Set([...NOT_FROM_HERE, ...roots.map(({ name }) => name.slice(1))])
  const here = readdirSync('/', { withFileTypes: true })
    .filter((entry) => !taken.has(entry.name))
    .flatMap((entry) => {
      const path = join('/', entry.name)
      return entry.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind-try', path, path]
    })
  const ours = roots.flatMap(({ name, real }) => (name === '/tmp' ? ['--bind', real, name] : ['--symlink', real, name]))
  return [...here, '--dir', '/vault', ...ours]
}

/** The words of a line as the runtime quotes them: bare, or in single quotes with `'"'"'` for a quote. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; ) {
    const char = line[at]!
    if (char === ' ') {
      if (word !== undefined) words.push(word)
      word = undefined
      at += 1
    } else if (char === "'" || char === '"') {
      const end = line.indexOf(char, at + 1)
      // In double quotes the runtime writes nothing but a single quote.
      if (end === -1 || (char === '"' && line.slice(at + 1, end) !== "'")) return undefined
      word = (word ?? '') + line.slice(at + 1, end)
      at = end + 1
    } else if (/[A-Za-z0-9_./:=@+,-]/.test(char)) {
      word = (word ?? '') + char
      at += 1
    } else return undefined
  }
  return word === undefined ? words : [...words, word]
}

const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:@+,-][A-Za-z0-9_./:=@+,-]*$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
