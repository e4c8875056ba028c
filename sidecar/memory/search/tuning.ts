/** The one configuration of search, for every kind of text; found by measuring on several (test/bench/memory.bench.ts). */
export const TUNING = {
  /** Candidates of each leg. */
  pool: 100,
  /** What the full-text columns weigh: text, speaker, tags, and what the turns before lend. */
  columns: [1, 0.7, 0.7, 0.35],
  /** The share of meaning against words. */
  meaning: 0.4,
  /** What words count that tell the best hits from the rest and the query lacks; of how many hits, and how many words. */
  added: 0.3,
  addedFrom: 5,
  addedWords: 10,
  /** What it counts to be like the best hits in meaning; of how many, and how far the query is moved towards them. */
  alike: 0.2,
  alikeFrom: 3,
  alikeStep: 0.6,
  /** Candidates that are looked at for all that follows, at least. */
  looked: 60,
  /** Candidates that are compared with the query word by word, at least; what that counts, and for their openings. */
  closer: 20,
  closely: 0.2,
  opening: 0.2,
  /** What a turn's vector takes from the turn before, and from the one before that. */
  lent: [0.5, 0.25],
  /** What a hit gives to the turns right before and after it. */
  before: 0.02,
  after: 0.03,
  /** What each further result of one session keeps of its score, among the first ten and after them. */
  repeat: 0.97,
  repeatLater: 0.8,
  /** What the session with the best hits gives to each of them, among the first ten and after them. */
  session: 0.03,
  sessionLater: 0.7,
  /** What a text that says the same as a better one keeps. */
  twin: 0.6,
  /** Added where the query names who said it. */
  speaker: 0.2,
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
  alike: 0,
  closely: 0,
  opening: 0,
  before: 0,
  after: 0,
  session: 0,
  sessionLater: 0,
  repeat: 1,
  repeatLater: 1,
  twin: 1,
  speaker: 0,
  time: 0,
  recency: 0,
  importance: 0,
  use: 0,
}
