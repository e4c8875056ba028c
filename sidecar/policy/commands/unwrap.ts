import { basename } from 'node:path'
import type { Program } from './collect.ts'
import type { Word } from './words.ts'

/** What a program leads to that it does not do itself. */
export interface Inner {
  /** Programs it starts. */
  programs: Program[]
  /** Shell text it runs; undefined where only running it would tell. */
  scripts: Word[]
}

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'busybox', 'fish'])

/** Options that take a value of their own, by the program that starts another. */
const VALUED: Readonly<Record<string, readonly string[]>> = {
  env: ['-u', '--unset', '-C', '--chdir', '-S', '--split-string'],
  sudo: ['-u', '--user', '-g', '--group', '-h', '--host', '-p', '--prompt', '-C', '-D', '-R', '-T', '-r', '-t', '-U'],
  doas: ['-u', '-C'],
  nice: ['-n', '--adjustment'],
  ionice: ['-c', '-n', '-p'],
  timeout: ['-s', '--signal', '-k', '--kill-after'],
  xargs: [
    '-I',
    '-i',
    '-n',
    '-L',
    '-P',
    '-d',
    '-E',
    '-s',
    '-a',
    '--max-args',
    '--max-procs',
    '--replace',
    '--delimiter',
    '--arg-file',
  ],
  stdbuf: ['-i', '-o', '-e'],
  strace: ['-o', '-e', '-p', '-s', '-u'],
  watch: ['-n', '--interval'],
  chroot: [],
  exec: ['-a'],
  parallel: ['-j', '--jobs', '-I'],
  flock: ['-w', '--timeout', '-E'],
  unshare: [],
  nsenter: ['-t'],
  runuser: ['-u'],
}

/** Words that stand before the program itself: a duration, a folder, a lock. */
const LEADING: Readonly<Record<string, number>> = { timeout: 1, chroot: 1, flock: 1 }

const PLAIN = new Set(['nohup', 'setsid', 'command', 'builtin', 'time', 'then', 'do', '!', 'pkexec', 'chronic', 'unbuffer'])

/** Looks inside programs whose work is to start others. */
export function unwrap(program: Program): Inner {
  const [first, ...rest] = program.words
  const name = first === undefined ? undefined : basename(first)
  const none: Inner = { programs: [], scripts: [] }
  if (name === undefined) return none
  if (SHELLS.has(name)) return shell(program, name, rest)
  if (name === 'eval') return { programs: [], scripts: [together(rest)] }
  const { words: _, writes: __, reads: ___, ...fed } = program
  const start = (words: readonly Word[]): Program => ({ ...fed, words, writes: [], reads: [] })
  if (name === 'find' || name === 'fd') return { programs: executed(rest).map(start), scripts: [] }
  if (name === 'env') return env(rest, start)
  if (name === 'su' || name === 'runuser' || name === 'script') return { programs: [], scripts: after(rest, ['-c', '--command']) }
  if (name === 'trap') return { programs: [], scripts: rest.slice(0, 1).filter((word) => word !== '-' && word !== '') }
  const valued = VALUED[name]
  if (!valued && !PLAIN.has(name)) return none
  const inner = withoutOptions(rest, valued ?? []).slice(LEADING[name] ?? 0)
  if (inner.length === 0) return none
  // What xargs adds, nobody knows before.
  return { programs: [start(name === 'xargs' || name === 'parallel' ? [...inner, undefined] : inner)], scripts: [] }
}

function shell(program: Program, name: string, rest: readonly Word[]): Inner {
  const words = name === 'busybox' ? rest.slice(1) : rest
  if (name === 'busybox' && !SHELLS.has(rest[0] ?? ''))
    return { programs: rest.length > 0 ? [{ words: rest, writes: [], reads: [] }] : [], scripts: [] }
  const flag = words.findIndex((word) => word !== undefined && /^-[a-z]*c$/.test(word))
  if (flag >= 0) return { programs: [], scripts: [words[flag + 1]] }
  if ('input' in program) return { programs: [], scripts: [program.input] }
  const script = words.find((word) => word === undefined || !word.startsWith('-'))
  // Without a script it runs whatever comes in.
  if (script === undefined && program.from) return { programs: [], scripts: [echoed(program.from)] }
  return { programs: [], scripts: [] }
}

/** `echo … | sh` runs what is echoed. */
function echoed(words: readonly Word[]): Word {
  const [name, ...rest] = words
  if (name !== 'echo' || rest.some((word) => /^-[nE]*e/.test(word ?? ''))) return undefined
  return together(rest.filter((word) => !/^-[nE]+$/.test(word ?? '')))
}

function env(rest: readonly Word[], start: (words: readonly Word[]) => Program): Inner {
  const split = after(rest, ['-S', '--split-string'])
  if (split.length > 0) return { programs: [], scripts: split }
  const words = withoutOptions(rest, VALUED.env!)
  const at = words.findIndex((word) => word === undefined || !/^\w+=/.test(word))
  return { programs: at < 0 ? [] : [start(words.slice(at))], scripts: [] }
}

/** Every `-exec … ;` of find, and `-x …` of fd; `{}` is something below where it looks. */
function executed(words: readonly Word[]): Word[][] {
  const found: Word[][] = []
  const [root] = words
  const place = root === undefined ? undefined : `${root.startsWith('-') ? '.' : root}/{}`
  const inPlace = (word: Word): Word => (word?.includes('{}') ? place : word)
  words.forEach((word, at) => {
    if (word === undefined || !/^(-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(word)) return
    const rest = words.slice(at + 1)
    const end = rest.findIndex((next) => next === ';' || next === '+')
    found.push((end < 0 ? rest : rest.slice(0, end)).map(inPlace))
  })
  return found
}

function withoutOptions(words: readonly Word[], valued: readonly string[]): Word[] {
  let at = 0
  while (at < words.length) {
    const word = words[at]
    if (word === undefined || !word.startsWith('-') || word === '-') break
    at += valued.includes(word) ? 2 : 1
    if (word === '--') break
  }
  return words.slice(at)
}

const after = (words: readonly Word[], options: readonly string[]): Word[] =>
  words.flatMap((word, at) => (word !== undefined && options.includes(word) ? [words[at + 1]] : []))

const together = (words: readonly Word[]): Word => (words.includes(undefined) ? undefined : words.join(' '))
