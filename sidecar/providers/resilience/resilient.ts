import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelHealth } from '../../contract/index.ts'
import type { ModelRequest, Provider, ProviderEvent } from '../provider.ts'
import { backoffMs } from './backoff.ts'
import { Breaker } from './breaker.ts'
import { type Allowance, type Quota, readQuota, waitFor } from './quota.ts'

/** A wait longer than this is not waited for: another model, or the person, decides. */
const MOST_WAIT_MS = 120_000
/** UTF-16 units of a request that make one token; an estimate that leans to fewer tokens, so that no call waits in vain. */
const UNITS_PER_TOKEN = 5
/** Failures that tell of the server's health; others tell of the request or the account. */
const UNHEALTHY = new Set([
  'provider.connection',
  'provider.timeout',
  'provider.overloaded',
  'provider.server',
  'provider.brokenStream',
])

export interface ResilienceOptions {
  /** Monotonic, in milliseconds. */
  now: () => number
  /** The wall clock, in milliseconds of the epoch; vendors name dates. */
  date: () => number
  /** Uniform in [0, 1). */
  random: () => number
  /** Time for one call with all its tries, in milliseconds. */
  totalMs: number
  /** Tries of one call, the first included. */
  tries: number
}

export const defaults: ResilienceOptions = {
  now: () => performance.now(),
  date: Date.now,
  random: Math.random,
  totalMs: 15 * 60_000,
  tries: 4,
}

type ErrorEvent = Extract<ProviderEvent, { type: 'error' }>

/**
 * Makes a provider one that pauses where others fail: it waits for a quota that is used up, tries again by cause, and
 * leaves a server alone that fails. It never tries again once something was shown. Keeps the promises of `Provider`.
 */
export class Resilience {
  readonly #options: ResilienceOptions
  readonly #breakers = new Map<string, Breaker>()
  readonly #quotas = new Map<string, Quota>()

  constructor(options: ResilienceOptions) {
    this.#options = options
  }

  /** Notes what the headers of an answer say of the account's limits. */
  heard(provider: string, model: string, headers: Headers): void {
    const quota = readQuota(headers, this.#options.now(), this.#options.date())
    if (quota) this.#quotas.set(`${provider}/${model}`, quota)
  }

  /** Every model that was called since the start. */
  health(): ModelHealth[] {
    const now = this.#options.now()
    return [...this.#breakers].map(([model, { state, restMs }]) => {
      const { requests, tokens } = this.#quotas.get(model) ?? {}
      return {
        model,
        state,
        restMs,
        ...(requests && { requests: toShow(requests, now) }),
        ...(tokens && { tokens: toShow(tokens, now) }),
      }
    })
  }

  wrap(provider: Provider): Provider {
    return {
      id: provider.id,
      stream: (request, signal) => this.#stream(provider, request, signal),
    }
  }

  async *#stream(provider: Provider, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    const ref = `${provider.id}/${request.model}`
    const breaker = this.#breaker(ref)
    const { now, random, totalMs, tries: most } = this.#options
    const began = now()
    for (let tries = 1; ; tries++) {
      const full = waitFor(this.#quotas.get(ref), this.#tokens(ref, request), now())
      if (full > MOST_WAIT_MS) {
        yield limited(ref, full)
        return
      }
      if (full > 0) {
        yield { type: 'waiting', reason: 'quota', ms: full, tries }
        if (!(await pause(full, signal))) return
      }
      if (!breaker.enter()) {
        yield resting(ref, breaker.restMs)
        return
      }
      const failure = yield* attempt(provider, request, signal, breaker, totalMs - (now() - began))
      if (!failure) return
      const ms = backoffMs(tries, random, failure.retryAfterMs)
      const late = now() - began + ms > totalMs
      if (!failure.retryable || tries >= most || ms > MOST_WAIT_MS || late || breaker.state !== 'closed') {
        yield failure
        return
      }
      yield { type: 'waiting', reason: 'retry', ms, tries, failure: failure.failure }
      if (!(await pause(ms, signal))) return
    }
  }

  #breaker(ref: string): Breaker {
    let breaker = this.#breakers.get(ref)
    if (!breaker) {
      breaker = new Breaker(this.#options.now)
      this.#breakers.set(ref, breaker)
    }
    return breaker
  }

  /** Only where a limit is known: measuring a long conversation costs. */
  #tokens(ref: string, request: ModelRequest): number {
    if (!this.#quotas.get(ref)?.tokens) return 0
    return Math.ceil((request.system.length + JSON.stringify(request.messages).length) / UNITS_PER_TOKEN)
  }
}

const toShow = ({ limit, remaining, resetAt }: Allowance, now: number): NonNullable<ModelHealth['requests']> => ({
  remaining,
  ...(limit !== undefined && { limit }),
  ...(resetAt !== undefined && { resetInMs: Math.max(0, resetAt - now) }),
})

/** One try. @returns its failure where nothing was shown yet; what fails after that is passed on as the end */
async function* attempt(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal,
  breaker: Breaker,
  leftMs: number,
): AsyncGenerator<ProviderEvent, ErrorEvent | undefined> {
  const call = new AbortController()
  const abort = (): void => call.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const timer = setTimeout(() => call.abort(), leftMs)
  let shown = false
  let told = false
  try {
    for await (const event of provider.stream(request, call.signal)) {
      if (event.type === 'error') {
        told = true
        if (UNHEALTHY.has(event.failure.code)) breaker.failed()
        else breaker.left()
        if (!shown) return event
        // What was shown stays; whether to begin anew on screen is for whoever shows it.
        yield event
        return undefined
      }
      if (event.type === 'stop') {
        told = true
        breaker.succeeded()
      } else if (event.type !== 'usage') shown = true
      yield event
    }
    if (told || signal.aborted) return undefined
    told = true
    breaker.failed()
    const failure = overdue(provider.id, request.model)
    if (!shown) return failure
    yield failure
    return undefined
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    if (!told) breaker.left()
  }
}

/** @returns false when the signal aborted first */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => {})
  return !signal.aborted
}

const resting = (ref: string, restMs: number): ErrorEvent => ({
  type: 'error',
  failure: {
    code: 'provider.resting',
    message: `${ref} failed five times within a minute and is left alone for a while.`,
    hint: `It is tried again in ${Math.ceil(restMs / 1000)} s. Choose another model, or name some in models.fallback.`,
  },
  retryable: true,
  retryAfterMs: restMs,
})

const limited = (ref: string, ms: number): ErrorEvent => ({
  type: 'error',
  failure: {
    code: 'provider.rateLimited',
    message: `The limit of ${ref} is used up for the next ${Math.ceil(ms / 60_000)} minutes.`,
    hint: 'Wait, choose another model, or name some in models.fallback.',
  },
  retryable: true,
  retryAfterMs: ms,
})

const overdue = (provider: string, model: string): ErrorEvent => ({
  type: 'error',
  failure: {
    code: 'provider.timeout',
    message: `${provider} (model ${model}) did not end its answer within the time for a whole call.`,
    hint: 'Try again, ask for less at once, or choose another model.',
  },
  retryable: false,
})
