/** What one exchange of a box may take. Times in milliseconds. */
export interface Limits {
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
  connectMs: 15_000,
  headMs: 120_000,
  idleMs: 300_000,
  wholeMs: 3 * 3_600_000,
  bytes: 8 * 2 ** 30,
  connections: 64,
}
