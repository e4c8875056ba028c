/** Waiting, handed in so that a test can turn time by hand. */
export interface Timers {
  /** Monotonic milliseconds. */
  now(): number
  /** Runs `work` after `ms`; the returned function calls it off. */
  after(ms: number, work: () => void): () => void
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}
