import { placeIn } from '../place.ts'
import type { Judgement, Started } from './judge.ts'

/** A name in a command that may be a file's, or a pattern for many. */
export interface NamedPlace {
  /** As it stands there. */
  token: string
  /** Absolute. */
  place: string
  pattern: boolean
}

/** Words looked at in one command, and folders that it may stand in while it runs. */
const MOST_WORDS = 2000
const MOST_FOLDERS = 8
/** A longer word is no name. */
const MOST_UNITS = 4096
const TOKENS = /[^\s'"`(),;=:@<>|&{}[\]]+/g
const MARKS = /[*?[{]/

/** Every name in a command line: its words as a whole, and what in them may be one (`--file=a`, `@a`, code of other languages). */
export function placesIn({ words, started }: Pick<Judgement, 'words' | 'started'>, workspace: string): NamedPlace[] {
  const folders = foldersOf(started, workspace)
  const found = new Map<string, NamedPlace>()
  const add = (token: string, pattern: boolean): void => {
    if (token.startsWith('-') && !token.includes('/')) return
    for (const folder of folders) {
      const place = placeIn(folder, token)
      const key = `${pattern} ${place}`
      if (!found.has(key)) found.set(key, { token, place, pattern })
    }
  }
  for (const word of new Set(words.slice(0, MOST_WORDS))) {
    const tokens = word.match(TOKENS) ?? []
    if (word.length <= MOST_UNITS && tokens[0] !== word) {
      add(word, false)
      if (MARKS.test(word)) add(word, true)
    }
    for (const token of tokens) add(token, MARKS.test(token))
  }
  return [...found.values()]
}

/** The workspace, and where each `cd` may lead: what is named after it is named from there. */
export function foldersOf(started: readonly Started[], workspace: string): string[] {
  const folders = [workspace]
  for (const { name, words } of started) {
    if (name !== 'cd' && name !== 'pushd') continue
    const to = words.find((word) => word !== undefined && !word.startsWith('-'))
    if (to === undefined) continue
    for (const folder of [...folders]) {
      const next = placeIn(folder, to)
      if (folders.length < MOST_FOLDERS && !folders.includes(next)) folders.push(next)
    }
  }
  return folders
}
