import { expect, test } from 'vitest'
import { FairShare } from '../../sidecar/providers/fair-share.ts'

/** Keeps the thread busy. */
function work(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('many at once leave room for others between, and come in their order', async () => {
  const share = new FairShare()
  const order: number[] = []
  let rounds = 0
  const timer = setInterval(() => rounds++, 0)
  await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      // As sockets do that are read in one round of the loop: each in a call of its own.
      await new Promise<void>((resolve) => setImmediate(resolve))
      await share.turn(1700)
      order.push(n)
      work(0.5)
    }),
  )
  clearInterval(timer)
  expect(order).toEqual(Array.from({ length: 200 }, (_, n) => n))
  expect(rounds).toBeGreaterThanOrEqual(4)
})

test('one alone waits for nobody', () => {
  expect(new FairShare().turn(1_000_000)).toBeUndefined()
})

test('those with much to read go on one in a round, those with little together', async () => {
  const share = new FairShare()
  const order: string[] = []
  const timer = setInterval(() => order.push('-'), 0)
  void share.turn(0)
  work(9)
  const many = [...Array.from({ length: 3 }, () => 60_000), 100, 100, 100]
  await Promise.all(
    many.map(async (bytes) => {
      await share.turn(bytes)
      order.push(bytes === 100 ? 'a' : 'A')
      // So long that the timer is due in the next round.
      work(2)
    }),
  )
  clearInterval(timer)
  expect(order.join('')).toMatch(/^-*A-+A-+A-+aaa$/)
})
