import type { Program } from './collect.ts'
import type { Word } from './words.ts'

/** What a program leads to that it does not do itself. */
export interface Inner {
  /** Programs it starts. */
  programs: Program[]
  /** Shell text it runs; undefined where only running it would tell. */
  scripts: Word[]
  /** What it changes about what runs, in plain words. */
  dangers?: string[]
}

export const NONE: Inner = { programs: [], scripts: [] }
/** Something, which only running it would tell. */
export const UNTOLD: Inner = { programs: [], scripts: [undefined] }
