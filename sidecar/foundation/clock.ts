/** Time, handed in so that a test can hand in another. `iso` is ISO 8601 UTC with milliseconds; `ms` is monotonic. */
export interface Clock {
  iso(): string
  ms(): number
}

export const systemClock: Clock = {
  iso: () => new Date().toISOString(),
  ms: () => performance.now(),
}
