import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ToolPart } from '../../sidecar/contract/index.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, type Ran, runTurn } from './malicious/run.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())

const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
const read = (path: string) => place.fill(order({ call: 'read', args: { path } }))

test('a file outside of the workspace is asked for, and read after a yes: it alone', async () => {
  const workspace = place.workspace()
  const ran = await runTurn(place.client, { workspace, mode: 'auto' }, read('OUT/canary'), true)
  expect(ran.asked).toMatchObject([
    { reason: `${place.outside}/canary is outside of the workspace`, widen: { path: `${place.outside}/canary`, use: 'read' } },
  ])
  expect(tools(ran)).toMatchObject([{ status: 'done', output: expect.stringContaining('safe') }])
  const again = await runTurn(place.client, { workspace, mode: 'auto', sessionId: ran.sessionId }, read('OUT/canary'))
  expect(again.asked).toHaveLength(1)
  expect(tools(again).at(-1)).toMatchObject({ status: 'denied' })
})

test('a file of the person beside the workspace is private from then on', async () => {
  mkdirSync(join(place.personHome, 'Documents'))
  writeFileSync(join(place.personHome, 'Documents/taxes.txt'), 'much\n')
  const ran = await runTurn(place.client, { workspace: place.workspace(), mode: 'auto' }, read('HOME/Documents/taxes.txt'), true)
  expect(tools(ran)).toMatchObject([{ status: 'done' }])
  expect(ran.view.taints).toMatchObject([{ label: 'private' }])
})

test.each(['HOME/.ssh/id_ed25519', 'OXBOW/config.toml', 'OUT', '/proc/self/environ', 'OUT/nothing'])(
  'nobody is asked for %s: it stays refused',
  async (path) => {
    const ran = await runTurn(place.client, { workspace: place.workspace(), mode: 'auto' }, read(path), true)
    expect(ran.asked).toEqual([])
    expect(tools(ran)).toMatchObject([{ status: 'failed' }])
  },
)

test('a link that leads elsewhere after the yes is not followed', async () => {
  const workspace = place.workspace()
  const way = join(workspace, 'way')
  symlinkSync(join(place.outside, 'canary'), way)
  writeFileSync(join(place.outside, 'other'), 'other\n')
  const ran = await runTurn(place.client, { workspace, mode: 'auto' }, read('way'), () => {
    // As another program might, while the question is open.
    rmSync(way)
    symlinkSync(join(place.outside, 'other'), way)
    return true
  })
  expect(ran.asked[0]?.widen?.path).toBe(join(place.outside, 'canary'))
  expect(tools(ran)[0]).toMatchObject({ status: 'failed', output: expect.not.stringContaining('other\n') })
})
