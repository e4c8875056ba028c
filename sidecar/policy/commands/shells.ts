import { posix } from 'node:path'
import type { Program } from './collect.ts'
import { type Inner, UNTOLD } from './inner.ts'
import { readOptions } from './options.ts'
import { together, type Word } from './words.ts'

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'fish', 'rbash'])
/** Programs that are many, by their first word. */
const MANY = new Set(['busybox', 'toybox'])
/** Names of what is read from elsewhere, as a file. */
const INPUT = /^(?:-|\/dev\/(?:stdin|fd\/\d+|tty)|\/proc\/[^/]+\/fd\/\d+)$/
const isInput = (word: string): boolean => INPUT.test(posix.normalize(word))

export const isShell = (name: string): boolean => SHELLS.has(name)

/** What a shell runs: `-c`, what it reads, or a file, which is known by its name alone. */
export function inShell(program: Program, rest: readonly Word[]): Inner {
  const options = readOptions(rest.map(plus), {
    flags: 'abefhiklmnprstuvxBCEHPTcDl',
    valued: 'oO',
    long: ['login', 'norc', 'noprofile', 'posix', 'restricted', 'verbose', 'version', 'help', 'noediting', 'dump-strings'],
  })
  if (!options) return UNTOLD
  const [script] = options.rest
  if (options.set.has('c')) return { programs: [], scripts: options.rest.length > 0 ? [script] : [] }
  if (options.rest.length > 0 && !options.set.has('s') && !(script !== undefined && isInput(script)))
    return script === undefined ? UNTOLD : { programs: [], scripts: [] }
  if (options.set.has('version') || options.set.has('help')) return { programs: [], scripts: [] }
  return { programs: [], scripts: readIn(program) }
}

/** `+x` is an option as `-x` is. */
const plus = (word: Word): Word => (word !== undefined && /^\+[a-zA-Z]/.test(word) ? `-${word.slice(1)}` : word)

/** What a shell without a script reads: what it is fed, where that is literal. */
function readIn(program: Program): Word[] {
  if ('input' in program) return [program.input]
  if (program.reads.length > 0) return program.reads.every((word) => word !== undefined && !isInput(word)) ? [] : [undefined]
  return program.from ? [echoed(program.from)] : []
}

/** `busybox sh`: the program it is this time. */
export function amongMany(name: string, rest: readonly Word[]): Program[] | undefined {
  return MANY.has(name) ? (rest.length > 0 ? [{ words: rest, writes: [], reads: [] }] : []) : undefined
}

/** `. file` and `source file` read a file into this shell. */
export function readInto(rest: readonly Word[]): Inner {
  const [file] = rest.filter((word) => word !== '--')
  return file === undefined || isInput(file) ? UNTOLD : { programs: [], scripts: [] }
}

/** `echo … | sh` runs what is echoed. */
function echoed(words: readonly Word[]): Word {
  const [name, ...rest] = words
  if (name !== 'echo' || rest.some((word) => /^-[nE]*e/.test(word ?? ''))) return undefined
  return together(rest.filter((word) => !/^-[nE]+$/.test(word ?? '')))
}
