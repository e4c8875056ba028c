const FIRST = 250
const MOST = 5_000

/** The wait before a retry in milliseconds: 250 doubling to 5,000, of which up to a fifth is chance. @param attempt from 1 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(MOST, FIRST * 2 ** Math.max(0, attempt - 1))
  return Math.round(full * (0.8 + 0.2 * random()))
}
