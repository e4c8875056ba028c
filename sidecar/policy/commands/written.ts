import type { Program } from './collect.ts'
import type { Word } from './words.ts'

/** Programs that write every file they name, and those that write the last one. */
const WRITE_ALL = /^(tee|touch|truncate)$/
const WRITE_LAST = /^(cp|mv|ln|install|rsync)$/
/** Where find and sed write to what their words name: `-fprint x`, `w x`. */
const FIND_WRITES = /^-f(?:print0?|printf|ls)$/
const SED_WRITES = /[wW]\s+(\S+)\s*$/gm

/** The files that a program is told to write, as far as its words tell. */
export function written(name: string, words: readonly Word[], { writes }: Program): string[] {
  const named = words.filter((word) => word !== undefined && !word.startsWith('-'))
  const own =
    WRITE_ALL.test(name) || (name === 'sed' && words.some(inPlace)) ? named : WRITE_LAST.test(name) ? named.slice(-1) : []
  const target = name === 'dd' ? named.filter((word) => word?.startsWith('of=')).map((word) => word?.slice(3)) : []
  const inside =
    name === 'find'
      ? words.filter((_, at) => FIND_WRITES.test(words[at - 1] ?? ''))
      : name === 'sed'
        ? words.flatMap((word) => [...(word ?? '').matchAll(SED_WRITES)].map(([, file]) => file))
        : []
  return [...writes, ...own, ...target, ...inside].filter((word) => word !== undefined)
}

const inPlace = (word: Word): boolean => /^(-[a-zA-Z]*i|--in-place)/.test(word ?? '')
