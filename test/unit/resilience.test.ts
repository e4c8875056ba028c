import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../sidecar/providers/resilience/backoff.ts'
import { Breaker } from '../../sidecar/providers/resilience/breaker.ts'
import { readQuota, waitFor } from '../../sidecar/providers/resilience/quota.ts'

describe('backoff', () => {
  test('lies between 250 ms and 30 s, grows, and never undercuts the server', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.integer({ min: 0, max: 100_000 }),
        (failed, random, asked) => {
          const ms = backoffMs(failed, () => random, asked)
          expect(ms).toBeGreaterThanOrEqual(Math.max(250, asked))
          expect(ms).toBeLessThanOrEqual(Math.max(30_000, asked))
          expect(backoffMs(failed + 1, () => random)).toBeGreaterThanOrEqual(backoffMs(failed, () => random))
        },
      ),
    )
  })
})

describe('breaker', () => {
  const begin = () => {
    const time = { now: 0 }
    return { time, breaker: new Breaker(() => time.now) }
  }
  const fail = (breaker: Breaker, times: number): void => {
    for (let n = 0; n < times; n++) {
      breaker.enter()
      breaker.failed()
    }
  }

  test('opens after five failures within a minute, not after five spread wider', () => {
    const { time, breaker } = begin()
    for (let n = 0; n < 10; n++) {
      fail(breaker, 1)
      time.now += 20_000
    }
    expect(breaker.state).toBe('closed')
    fail(breaker, 3)
    expect(breaker.state).toBe('open')
    expect(breaker.enter()).toBe(false)
  })

  test('a success between forgets the failures before', () => {
    const { breaker } = begin()
    fail(breaker, 4)
    breaker.enter()
    breaker.succeeded()
    fail(breaker, 4)
    expect(breaker.state).toBe('closed')
  })

  test('lets exactly one probe through, and closes after two that succeed', () => {
    const { time, breaker } = begin()
    fail(breaker, 5)
    time.now += 30_000
    expect(breaker.state).toBe('halfOpen')
    expect([breaker.enter(), breaker.enter(), breaker.enter()]).toEqual([true, false, false])
    breaker.succeeded()
    expect(breaker.state).toBe('halfOpen')
    expect([breaker.enter(), breaker.enter()]).toEqual([true, false])
    breaker.succeeded()
    expect(breaker.state).toBe('closed')
    expect([breaker.enter(), breaker.enter()]).toEqual([true, true])
  })

  test('a probe that fails opens it anew; one that was given up leaves room for the next', () => {
    const { time, breaker } = begin()
    fail(breaker, 5)
    time.now += 30_000
    breaker.enter()
    breaker.failed()
    expect(breaker.state).toBe('open')
    time.now += 30_000
    breaker.enter()
    breaker.left()
    expect(breaker.enter()).toBe(true)
  })
})

describe('limits in the headers of an answer', () => {
  const NOW = 1000
  const DATE = Date.parse('2026-11-21T12:00:00Z')
  const read = (headers: Record<string, string>) => readQuota(new Headers(headers), NOW, DATE)

  test.each([
    [
      'OpenAI and Groq',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      {
        requests: { limit: 60, remaining: 59, resetAt: NOW + 1000 },
        tokens: { limit: 150_000, remaining: 149_984, resetAt: NOW + 360_000 },
      },
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:30Z',
        'anthropic-ratelimit-input-tokens-limit': '40000',
        'anthropic-ratelimit-input-tokens-remaining': '100',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-21T12:00:10Z',
      },
      {
        requests: { limit: 50, remaining: 0, resetAt: NOW + 30_000 },
        tokens: { limit: 40_000, remaining: 100, resetAt: NOW + 10_000 },
      },
    ],
    [
      'OpenRouter',
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(DATE + 5000) },
      { requests: { limit: 20, remaining: 0, resetAt: NOW + 5000 }, tokens: undefined },
    ],
    [
      'the IETF draft',
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '50', 'ratelimit-reset': '50' },
      { requests: { limit: 100, remaining: 50, resetAt: NOW + 50_000 }, tokens: undefined },
    ],
    [
      'milliseconds',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '20ms' },
      { requests: { limit: undefined, remaining: 0, resetAt: NOW + 20 }, tokens: undefined },
    ],
    ['nonsense', { 'x-ratelimit-remaining-requests': 'many', 'x-ratelimit-reset-tokens': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_, headers, quota) => {
    expect(read(headers)).toEqual(quota)
  })

  test('a call waits until it is not surely refused, and no longer', () => {
    const requests = { limit: 1, remaining: 0, resetAt: NOW + 700 }
    const tokens = { limit: 1000, remaining: 400, resetAt: NOW + 900 }
    expect(waitFor(undefined, 10, NOW)).toBe(0)
    expect(waitFor({ requests, tokens: undefined }, 0, NOW)).toBe(700)
    expect(waitFor({ requests, tokens: undefined }, 0, NOW + 800)).toBe(0)
    expect(waitFor({ requests: undefined, tokens }, 400, NOW)).toBe(0)
    expect(waitFor({ requests: undefined, tokens }, 401, NOW)).toBe(900)
    expect(waitFor({ requests: undefined, tokens }, 5000, NOW)).toBe(0)
  })
})
