/** The one configuration of search, for every kind of text; found by measuring on several (test/bench/memory.bench.ts). */
export const TUNING = {
  /** Candidates of each leg. */
  pool: 200,
  /** What the full-text columns weigh: text, speaker, tags, and what the turns before lend. */
  columns: [1, 0.7, 0.7, 0.35],
  /** The share of meaning against words. */
  meaning: 0.35,
  /** What words weigh that the best hits by words share and the query lacks; of how many hits, and how many words. */
  added: 0.3,
  addedFrom: 8,
  addedWords: 12,
  /** What a turn's vector takes from the turn before, and from the one before that. */
  lent: [0.5, 0.25],
  /** What a hit gives to the turns right before and after it. */
  before: 0.05,
  after: 0.15,
  /** What a session with many hits gives to each of them. */
  session: 0.1,
  /** What each further result of one session keeps of its score. */
  repeat: 0.95,
  /** What a text that says the same as a better one keeps. */
  twin: 0.6,
  /** Added where the query names a time and the memory is of it. */
  time: 0.15,
  recency: 0.03,
  importance: 0.04,
  use: 0.02,
}
export type Tuning = typeof TUNING

/** Full-text search alone, to measure against. */
export const BARE: Tuning = {
  ...TUNING,
  added: 0,
  before: 0,
  after: 0,
  session: 0,
  repeat: 1,
  twin: 1,
  time: 0,
  recency: 0,
  importance: 0,
  use: 0,
}
