import type { Program } from './collect.ts'
import type { Word } from './words.ts'

/** Programs that write every file they name, and those that write the last one. */
const WRITE_ALL = /^(tee|touch|truncate)$/
const WRITE_LAST = /^(cp|mv|ln|install|rsync)$/

/** The files that a program is told to write, as far as its words tell. */
export function written(name: string, words: readonly Word[], { writes }: Program): string[] {
  const named = words.filter((word) => word !== undefined && !word.startsWith('-'))
  const own =
    WRITE_ALL.test(name) || (name === 'sed' && words.some(inPlace)) ? named : WRITE_LAST.test(name) ? named.slice(-1) : []
  const target = name === 'dd' ? named.filter((word) => word?.startsWith('of=')).map((word) => word?.slice(3)) : []
  return [...writes, ...own, ...target].filter((word) => word !== undefined)
}

const inPlace = (word: Word): boolean => /^(-[a-zA-Z]*i|--in-place)/.test(word ?? '')
