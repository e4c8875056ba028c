import { basename } from 'node:path'
import type { Program } from './collect.ts'
import { gitStarts } from './git.ts'
import { startedByOptions } from './given.ts'
import { type Inner, NONE, UNTOLD } from './inner.ts'
import { type ReadOptions, readOptions } from './options.ts'
import { amongMany, inShell, isShell, readInto } from './shells.ts'
import { assigned, decides } from './variables.ts'
import { executed, foundBelow } from './walks.ts'
import { together, type Word } from './words.ts'
import { STARTERS, WRAPPERS } from './wrappers.ts'

/** Words of the shell itself stand where a program does only in a line that it would read otherwise. */
const RESERVED = /^(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|in|select|function|coproc|[{}!]|\[\[|\]\])$/
const ENV = {
  flags: 'i0v',
  valued: 'uCSa',
  long: ['ignore-environment', 'null', 'debug', 'list-signal-handling'],
  longValued: ['unset', 'chdir', 'split-string', 'argv0'],
  longJoined: ['block-signal', 'default-signal', 'ignore-signal'],
}

/** Looks inside programs whose work is to start others. */
export function unwrap(program: Program): Inner {
  const [first, ...rest] = program.words
  const name = first === undefined ? undefined : basename(first)
  if (name === undefined) return NONE
  const { words: _, writes: __, reads, ...fed } = program
  const start = (words: readonly Word[]): Program => ({ ...fed, words, writes: [], reads })
  if (RESERVED.test(name)) return UNTOLD
  if (isShell(name)) return inShell(program, rest)
  const many = amongMany(name, rest)
  if (many) return { programs: many.map(({ words }) => start(words)), scripts: [] }
  if (STARTERS.has(name)) return { programs: candidates(rest).map(start), scripts: rest.filter((word) => /\s/.test(word ?? ' ')) }
  if (Object.hasOwn(WRAPPERS, name)) return inWrapper(name, program, rest, start)
  switch (name) {
    case 'eval':
      return { programs: [], scripts: [together(rest[0] === '--' ? rest.slice(1) : rest)] }
    case 'source':
    case '.':
      return readInto(rest)
    case 'find':
    case 'fd':
      return { programs: executed(name, rest).map((words) => ({ ...start(words), each: true })), scripts: [] }
    case 'env':
      return inEnv(rest, start)
    case 'trap':
      return { programs: [], scripts: trapped(rest) }
    case 'alias':
      return { programs: [], scripts: rest.flatMap((word) => (word === undefined ? [undefined] : (assigned(word)?.value ?? []))) }
    case 'git':
      return gitStarts(rest, start)
    default:
      return startedByOptions(name, rest)
  }
}

function inWrapper(name: string, program: Program, rest: readonly Word[], start: (words: readonly Word[]) => Program): Inner {
  const wrapper = WRAPPERS[name]!
  // These only tell of a program.
  if (name === 'command' && /^-[pvV]*[vV]/.test(rest[0] ?? '')) return NONE
  const options = readOptions(rest, wrapper)
  if (!options) return UNTOLD
  const inner = options.rest.slice(wrapper.leading ?? 0)
  // Without a program, exec changes what every later one reads.
  if (inner.length === 0) return name === 'exec' && feeds(program) ? UNTOLD : NONE
  if (wrapper.line) return { programs: [], scripts: [together(inner)] }
  if (name !== 'xargs') return { programs: [start(inner)], scripts: [] }
  const found = program.from && foundBelow(program.from)
  return { programs: [{ ...start(fedByXargs(inner, options, found)), each: true }], scripts: [] }
}

/** Whether more than a file is read. */
const feeds = (program: Program): boolean => 'input' in program || program.reads.includes(undefined)

/** What xargs adds, nobody knows before, unless it is what find has found. */
function fedByXargs(inner: readonly Word[], { set, values }: ReadOptions, found: readonly string[] | undefined): Word[] {
  const [replaced] = [...(values.get('I') ?? []), ...(values.get('i') ?? []), ...(values.get('replace') ?? [])]
  const mark = replaced ?? (set.has('i') || set.has('replace') ? '{}' : undefined)
  if (values.has('I') || mark !== undefined) {
    const [place] = found?.length === 1 ? found : []
    return inner.map((word) => (mark === undefined || word?.includes(mark) ? (word === mark ? place : undefined) : word))
  }
  return [...inner, ...(found ?? [undefined])]
}

function inEnv(words: readonly Word[], start: (words: readonly Word[]) => Program): Inner {
  const options = readOptions(words, ENV)
  if (!options) return UNTOLD
  const split = [...(options.values.get('S') ?? []), ...(options.values.get('split-string') ?? [])]
  // `env - a` is `env -i a`.
  const rest = options.rest[0] === '-' ? options.rest.slice(1) : options.rest
  const at = rest.findIndex((word) => assigned(word) === undefined)
  const set = at < 0 ? rest : rest.slice(0, at)
  const dangers = set.flatMap((word) => decides(assigned(word)!) ?? [])
  return { programs: at < 0 ? [] : [start(rest.slice(at))], scripts: split, dangers }
}

/** `trap -- script SIGNAL`; with `-` or nothing it only takes back, with -l and -p it shows. */
function trapped(rest: readonly Word[]): Word[] {
  const [script] = rest[0] === '--' ? rest.slice(1) : rest
  return rest.length < 2 || script === '-' || script === '' || /^-[lp]/.test(script ?? '') ? [] : [script]
}

/** Every place from which what stands there may be a program and its words. */
function candidates(rest: readonly Word[]): Word[][] {
  const starts = rest.flatMap((word, at) => (word?.startsWith('-') ? [] : [at])).slice(0, 4)
  return starts.map((at) => rest.slice(at))
}
