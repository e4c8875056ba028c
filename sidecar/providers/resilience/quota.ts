/** What a vendor still lets one account do, as of its last answer. Times in milliseconds of the clock handed in. */
export interface Allowance {
  limit: number | undefined
  remaining: number
  /** When it is full again. */
  resetAt: number | undefined
}

export interface Quota {
  requests: Allowance | undefined
  tokens: Allowance | undefined
}

/** Header names of each vendor, most precise first; `*` stands for `limit`, `remaining` or `reset`. */
const REQUESTS = ['x-ratelimit-*-requests', 'anthropic-ratelimit-requests-*', 'x-ratelimit-*', 'ratelimit-*'] as const
const TOKENS = [
  'x-ratelimit-*-tokens',
  'anthropic-ratelimit-tokens-*',
  'anthropic-ratelimit-input-tokens-*',
  'x-ratelimitbysize-*-minute',
] as const

/** Reads the rate-limit headers of an answer. @param now of the clock, in milliseconds; @param date the wall clock's */
export function readQuota(headers: Headers, now: number, date: number): Quota | undefined {
  const requests = first(REQUESTS, headers, now, date)
  const tokens = first(TOKENS, headers, now, date)
  return requests || tokens ? { requests, tokens } : undefined
}

function first(patterns: readonly string[], headers: Headers, now: number, date: number): Allowance | undefined {
  for (const pattern of patterns) {
    const read = (what: string): string | null => headers.get(pattern.replace('*', what))
    const remaining = count(read('remaining'))
    if (remaining === undefined) continue
    return { limit: count(read('limit')), remaining, resetAt: resetAt(read('reset'), now, date) }
  }
  return undefined
}

function count(text: string | null): number | undefined {
  const value = Number.parseFloat(text ?? '')
  return value >= 0 ? value : undefined
}

/** `1s`, `6m0s`, `20ms` (OpenAI, Groq), a date (Anthropic), seconds (IETF draft), or milliseconds of the epoch (OpenRouter). */
function resetAt(text: string | null, now: number, date: number): number | undefined {
  if (text === null) return undefined
  const value = text.trim()
  if (/^\d+(\.\d+)?$/.test(value)) {
    const number = Number(value)
    if (number > 1e12) return now + Math.max(0, number - date)
    if (number > 1e9) return now + Math.max(0, number * 1000 - date)
    return now + number * 1000
  }
  const spans = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (spans.length > 0 && spans.map(([whole]) => whole).join('') === value)
    return now + spans.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS], 0)
  const until = Date.parse(value)
  return Number.isNaN(until) ? undefined : now + Math.max(0, until - date)
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * How long a call should wait so that it is not surely refused.
 * @param tokens an estimate of what the call sends; @returns milliseconds, 0 where it may go
 */
export function waitFor(quota: Quota | undefined, tokens: number, now: number): number {
  if (!quota) return 0
  return Math.max(until(quota.requests, 1, now), until(quota.tokens, tokens, now))
}

function until(allowance: Allowance | undefined, wanted: number, now: number): number {
  if (!allowance || allowance.remaining >= wanted || allowance.resetAt === undefined) return 0
  // What is larger than the whole allowance would wait for ever: the vendor shall answer it.
  if (allowance.limit !== undefined && wanted > allowance.limit) return 0
  return Math.max(0, allowance.resetAt - now)
}
