import type { Clock, Db, Ids } from '../foundation/index.ts'
import type { Questions } from './learn/questions.ts'
import type { Shelves } from './shelf.ts'
import type { WordIndex } from './word-index.ts'

/** Rows whose vectors must be made, or are gone. */
export interface Change {
  added: readonly number[]
  removed: readonly number[]
}

/** What those who change memories work with. */
export interface StoreOptions {
  db: Db
  clock: Clock
  ids: Ids
  shelves: Shelves
  words: WordIndex
  questions: Questions
  /** Told after each commit. */
  onChange(change: Change): void
}
