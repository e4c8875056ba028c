import type { Word } from './words.ts'

/** The options of a program that starts another: what is not among them might be anything. */
export interface OptionSpec {
  /** Letters without a value, and with one. */
  flags?: string
  valued?: string
  /** Letters whose value, if any, is joined to them. */
  joined?: string
  long?: readonly string[]
  longValued?: readonly string[]
  /** Long ones whose value, if any, stands behind `=`. */
  longJoined?: readonly string[]
  /** Whether `-5` is an option. */
  numbers?: boolean
}

export interface ReadOptions {
  /** What stands behind the options. */
  rest: readonly Word[]
  /** Values by the letter or name of their option. */
  values: ReadonlyMap<string, readonly Word[]>
  /** Options without a value. */
  set: ReadonlySet<string>
}

/** Reads options as GNU programs do, except that names are not shortened. @returns undefined where one is not known */
export function readOptions(words: readonly Word[], spec: OptionSpec): ReadOptions | undefined {
  const { flags = '', valued = '', joined = '', long = [], longValued = [], longJoined = [], numbers = false } = spec
  const values = new Map<string, Word[]>()
  const set = new Set<string>()
  const put = (name: string, value: Word): void => void values.set(name, [...(values.get(name) ?? []), value])
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at]
    if (word === undefined || !word.startsWith('-') || word === '-') break
    if (word === '--') return { rest: words.slice(at + 1), values, set }
    if (numbers && /^-\d+$/.test(word)) continue
    if (word.startsWith('--')) {
      const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
      if (value !== undefined && (longValued.includes(name) || longJoined.includes(name))) put(name, value)
      else if (value === undefined && longValued.includes(name)) put(name, words[++at])
      else if (value === undefined && (long.includes(name) || longJoined.includes(name))) set.add(name)
      else return undefined
      continue
    }
    const letters = [...word.slice(1)]
    for (const [place, letter] of letters.entries()) {
      const after = letters.slice(place + 1).join('')
      if (valued.includes(letter)) put(letter, after === '' ? words[++at] : after)
      else if (joined.includes(letter)) after === '' ? set.add(letter) : put(letter, after)
      else if (flags.includes(letter)) {
        set.add(letter)
        continue
      } else return undefined
      break
    }
  }
  return { rest: words.slice(at), values, set }
}
