const LEAST_MS = 250
const MOST_MS = 30_000

/**
 * How long to wait before a try: exponential with full jitter, never less than the server asked for.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015 ("full jitter").
 * @param failed tries that failed so far, from 1; @param random uniform in [0, 1); @returns milliseconds, 250 to 30,000
 */
export function backoffMs(failed: number, random: () => number, askedMs = 0): number {
  const ceiling = Math.min(MOST_MS, LEAST_MS * 2 ** failed)
  return Math.max(askedMs, Math.round(LEAST_MS + random() * (ceiling - LEAST_MS)))
}
