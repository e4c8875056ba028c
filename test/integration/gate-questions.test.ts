import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPlace, type Place } from './malicious/place.ts'
import { order, runTurn } from './malicious/run.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const write = (path: string, content: string) => place.fill(order({ call: 'write', args: { path, content } }))
const lines = (count: number, word: string): string => Array.from({ length: count }, (_, at) => `${word} ${at}\n`).join('')

test('a question about a file that is there tells what would be lost, and one about a new file has nothing to tell', async () => {
  const workspace = place.workspace({ 'list.md': 'milk\nbread\n' })
  const where = { workspace, mode: 'ask' as const }
  const { asked } = await runTurn(place.client, where, write('list.md', 'milk\n'))
  expect(asked).toMatchObject([{ diff: { path: 'list.md', added: 0, removed: 1, diff: expect.stringContaining('-bread') } }])
  const fresh = await runTurn(place.client, where, write('new.md', 'milk\n'))
  expect(fresh.asked).toHaveLength(1)
  expect(fresh.asked[0]).not.toHaveProperty('diff')
  expect(existsSync(join(workspace, 'new.md'))).toBe(false)
})

test('so does one about a file outside', async () => {
  writeFileSync(join(place.outside, 'list.md'), 'bread\n')
  const where = { workspace: place.workspace(), mode: 'auto' as const }
  const { asked } = await runTurn(place.client, where, write('OUT/list.md', 'milk\n'))
  expect(asked).toMatchObject([{ widen: { use: 'write' }, diff: { removed: 1, diff: '@@ -1,1 +1,1 @@\n-bread\n+milk' } }])
})

test('what is too long, or no text, is said to be more than is told', async () => {
  const workspace = place.workspace({ 'long.md': lines(6_000, 'old'), 'middle.md': lines(2_000, 'old'), 'a.bin': 'a\0b' })
  const of = async (path: string) =>
    (await runTurn(place.client, { workspace, mode: 'ask' }, write(path, 'new\n'))).asked[0]?.diff
  expect(await of('long.md')).toMatchObject({ removed: 6_000, cut: true })
  expect(await of('a.bin')).toMatchObject({ diff: expect.stringContaining('no text'), cut: true })
  const whole = await of('middle.md')
  expect(whole?.diff).toContain('-old 1999')
  expect(whole).not.toHaveProperty('cut')
})

test('a title that was cut says so', async () => {
  const command = `echo ${'a'.repeat(295)}; echo more`
  const where = { workspace: place.workspace(), mode: 'ask' as const }
  const { asked } = await runTurn(place.client, where, order({ call: 'exec', args: { command } }))
  expect(asked[0]?.title).toBe(`${command.slice(0, 299)}…`)
  expect(asked[0]?.args).toEqual({ command })
})
