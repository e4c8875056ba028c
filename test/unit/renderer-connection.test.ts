import { ORPCError } from '@orpc/client'
import { describe, expect, test } from 'vitest'
import { backoff } from '../../renderer/connection/backoff.ts'
import { withDeadline } from '../../renderer/connection/deadline.ts'
import { keepLine } from '../../renderer/connection/keep.ts'
import { type Dialer, type LineEnd, LineRefused } from '../../renderer/connection/line.ts'
import type { ConnectionState } from '../../renderer/connection/state.ts'
import { inWords, NotOnline } from '../../renderer/connection/words.ts'
import { standing } from '../../renderer/stores/connection.ts'
import type { Client } from '../../sidecar/contract/index.ts'

test('the back-off doubles from 250 ms to 5 s, less up to a fifth', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((n) => backoff(n, () => 1))).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000])
  expect(backoff(1, () => 0)).toBe(200)
})

/** Lines that end when told to; the order of what was told is kept. */
function rig(outcomes: ('open' | 'lost' | 'refused')[]) {
  const told: string[] = []
  const ends: ((end: LineEnd) => void)[] = []
  const heard = new Map<string, () => void>()
  const hear = (what: string) => {
    told.push(what)
    heard.get(what)?.()
  }
  const dialer: Dialer = {
    async dial() {
      const outcome = outcomes.shift() ?? 'refused'
      if (outcome === 'lost') throw new Error('nobody there')
      if (outcome === 'refused') throw new LineRefused('no')
      return { client: {} as Client, ended: new Promise((resolve) => ends.push(resolve)), close: () => ends.at(-1)?.('lost') }
    },
  }
  const keeper = keepLine(dialer, {
    state: (state) => hear(state.state),
    client: (client) => hear(client ? 'client' : 'no client'),
  })
  const until = (what: string) => new Promise<void>((resolve) => heard.set(what, resolve))
  return { told, ends, keeper, until }
}

describe('keepLine', () => {
  test('dials again after a lost line and tells each step', async () => {
    const { told, ends, keeper, until } = rig(['open', 'lost', 'open'])
    await until('online')
    ends[0]?.('lost')
    await until('reconnecting')
    await until('reconnecting')
    keeper.hurry()
    await until('online')
    expect(told).toEqual(['connecting', 'client', 'online', 'no client', 'reconnecting', 'reconnecting', 'client', 'online'])
    keeper.stop()
    await until('no client')
    expect(told).toHaveLength(9)
  })

  test('a refusal ends it', async () => {
    const { told, until } = rig(['refused', 'open'])
    await until('unauthorized')
    expect(told).toEqual(['connecting', 'unauthorized'])
  })

  test('so does a line that is refused later', async () => {
    const { told, ends, until } = rig(['open', 'open'])
    await until('online')
    ends[0]?.('refused')
    await until('unauthorized')
    expect(told).toEqual(['connecting', 'client', 'online', 'no client', 'unauthorized'])
  })
})

test('calls get a deadline, watches none', () => {
  expect(withDeadline({ path: ['sessions', 'watch'] })).not.toHaveProperty('signal')
  const own = new AbortController()
  const { signal } = withDeadline({ path: ['sessions', 'list'], signal: own.signal })
  own.abort()
  expect(signal?.aborted).toBe(true)
})

test('what the shell knows of the sidecar explains a missing line', () => {
  const line: ConnectionState = { state: 'reconnecting', attempt: 1, retryAt: 0 }
  expect(standing({ line, sidecar: null })).toBe(line)
  expect(standing({ line, sidecar: { state: 'restarting', attempt: 2, delayMs: 500 } })).toEqual({
    state: 'restarting',
    attempt: 2,
  })
  expect(standing({ line: { state: 'online' }, sidecar: { state: 'restarting', attempt: 2, delayMs: 500 } }).state).toBe('online')
})

test('errors are told with what to do', () => {
  const error = new ORPCError('NOT_FOUND', {
    message: 'no such session',
    data: { code: 'session.notFound', hint: 'Choose another.' },
  })
  expect(inWords(error)).toEqual({ message: 'no such session', hint: 'Choose another.' })
  expect(inWords(new DOMException('late', 'TimeoutError')).message).toContain('in time')
  expect(inWords(new NotOnline()).message).toContain('no connection')
  expect(inWords('odd')).toEqual({ message: 'odd' })
})
