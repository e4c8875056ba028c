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
  '--seccomp': 1,
  '--unshare-ipc': 0,
  '--unshare-net': 0,
  '--unshare-pid': 0,
  '--unshare-user': 0,
  '--disable-userns': 0,
}

/** A line that enters a bubblewrap, taken apart. */
export interface BwrapLine {
  program: string
  /** Each option with its words. */
  options: readonly (readonly string[])[]
  /** What runs inside. */
  inner: readonly string[]
}

export const isMount = ([name = '']: readonly string[]): boolean => Object.hasOwn(MOUNTS, name)

/** Where a mount is seen in the box. */
export const placeOf = (mount: readonly string[]): string => mount.at(-1)!

/** @returns undefined for what is no plain call of bubblewrap with options that are known here */
export function readBwrapLine(line: string): BwrapLine | undefined {
  const [program = '', ...words] = wordsOf(line) ?? []
  if (!program.endsWith('/bwrap')) return undefined
  const options: string[][] = []
  let at = 0
  while (at < words.length && words[at] !== '--') {
    const name = words[at]!
    const count = Object.hasOwn(MOUNTS, name) ? MOUNTS[name]! : Object.hasOwn(OTHERS, name) ? OTHERS[name]! : undefined
    if (count === undefined || at + count >= words.length) return undefined
    const option = words.slice(at, at + count + 1)
    if (isMount(option) && !placeOf(option).startsWith('/')) return undefined
    options.push(option)
    at += count + 1
  }
  return at < words.length ? { program, options, inner: words.slice(at + 1) } : undefined
}

export const writeBwrapLine = ({ program, options, inner }: BwrapLine): string =>
  [program, ...options.flat(), '--', ...inner].map(quoted).join(' ')

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
