/** What one exchange of a box may take. Times in milliseconds. */
export interface Limits {
  /** Until who connects has shown a credential and said what it wants, and again for each further request. */
  helloMs: number
  /** Connections that have not, at once; the oldest makes room. */
  strangers: number
  /** Between two looks at whether the hosts of open connections are still allowed. */
  lookMs: number
  connectMs: number
  /** Until the answer's head. */
  headMs: number
  /** Without a byte in either direction. */
  idleMs: number
  wholeMs: number
  /** Of one answer, or both ways through one tunnel. */
  bytes: number
  /** Connections of one box at once. */
  connections: number
}

export const LIMITS: Limits = {
  helloMs: 30_000,
  strangers: 256,
  lookMs: 2000,
  connectMs: 15_000,
  headMs: 120_000,
  idleMs: 300_000,
  wholeMs: 3 * 3_600_000,
  bytes: 8 * 2 ** 30,
  connections: 64,
}
