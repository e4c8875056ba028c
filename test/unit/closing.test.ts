import { expect, test } from 'vitest'
import { Closing } from '../../sidecar/closing.ts'

function closing() {
  const told: string[] = []
  const note = (_: object, message: string): void => void told.push(message)
  const journal = { debug: note, info: note, warn: note, error: note, flush: () => void told.push('flushed') }
  return { closing: new Closing(journal), told }
}

test('who uses a thing is closed before it, whichever was opened first', async () => {
  const { closing: all, told } = closing()
  for (const step of ['lock', 'database', 'audit', 'rooms', 'door', 'kernel', 'egress', 'tiers'] as const)
    all.add(step, async () => {
      await Promise.resolve()
      told.push(step)
    })
  await all.close()
  expect(told).toEqual(['kernel', 'tiers', 'egress', 'door', 'rooms', 'audit', 'database', 'lock', 'flushed'])
})

test('what cannot be closed keeps nothing else open', async () => {
  const { closing: all, told } = closing()
  all.add('database', () => told.push('database'))
  all.add('kernel', () => {
    throw new Error('stuck')
  })
  all.add('rooms', () => Promise.reject(new Error('stuck')))
  all.add('rooms', () => told.push('a room'))
  await all.close()
  expect(told).toEqual(expect.arrayContaining(['a room', 'database', 'flushed']))
  expect(told.filter((line) => line === 'a part could not be closed')).toHaveLength(2)
  expect(told.at(-1)).toBe('flushed')
})
