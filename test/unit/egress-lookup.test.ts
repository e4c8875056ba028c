import { expect, it } from 'vitest'
import { readHost } from '../../sidecar/policy/egress/index.ts'
import { Lookup } from '../../sidecar/sandbox/egress/lookup.ts'

it('names that take long keep nobody else from theirs', async () => {
  const asked: string[] = []
  const lookup = new Lookup((name) => {
    asked.push(name)
    return name.startsWith('slow') ? new Promise(() => {}) : Promise.resolve(['192.0.2.1'])
  })
  const slow = Array.from({ length: 30 }, (_, at) => lookup.addresses(readHost(`slow${at}.test`), 'one'))
  for (const one of slow) one.catch(() => {})
  expect(await lookup.addresses(readHost('fast.test'), 'two')).toEqual(['192.0.2.1'])
  expect(asked).toEqual(['slow0.test', 'fast.test'])
})

it('askers take turns, and each has so many waiting', async () => {
  const asked: string[] = []
  const open: (() => void)[] = []
  const lookup = new Lookup(
    (name) =>
      new Promise((found) => {
        asked.push(name)
        open.push(() => found(['192.0.2.1']))
      }),
  )
  const all = ['a1', 'a2', 'b1', 'b2', 'c1'].map((name) => lookup.addresses(readHost(`${name}.test`), name[0]!))
  while (asked.length < all.length) {
    open.shift()?.()
    await new Promise(setImmediate)
  }
  for (const finish of open) finish()
  await Promise.all(all)
  expect(asked.map((name) => name.slice(0, 2))).toEqual(['a1', 'b1', 'c1', 'a2', 'b2'])
  const many = Array.from({ length: 80 }, (_, at) => lookup.addresses(readHost(`d${at}.test`), 'd'))
  await expect(Promise.race(many)).rejects.toMatchObject({ code: 'egress.lookup', message: expect.stringContaining('too many') })
  for (const one of many) one.catch(() => {})
})
