import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, runTurn } from './malicious/run.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
  await place.client.policy.add({ effect: 'deny', program: 'curl' })
})
afterAll(() => place.close())

const START = { call: 'exec', args: { command: 'bash', background: true, terminal: true } }
const type = (keys: string) => ({ call: 'process_write', args: { id: 'PROCESS', keys } })
const asked = async (...keys: string[]): Promise<string[]> => {
  const ran = await runTurn(
    place.client,
    { workspace: place.workspace(), mode: 'auto' },
    place.fill(order(START, ...keys.map(type))),
    true,
  )
  return ran.asked.map(({ reason }) => reason)
}

describe.skipIf(findProgram('bwrap') === undefined)('what is typed into a process, in mode auto', () => {
  test('a whole line is judged as a command, and keys that end something are not asked', async () => {
    expect(await asked('echo one\n', '\u0003', '\u0004')).toEqual([])
  })

  test('a part of a line is asked, and so is what goes on with it', async () => {
    expect(await asked('cu', 'rl --version\n', 'echo two\n')).toEqual([
      expect.stringContaining('a part of a line'),
      expect.stringContaining('a part of a line'),
    ])
  })

  test('keys that edit what stands there are asked', async () => {
    expect(await asked('echo curl\u0001\u0004\n', 'cur\tl\n')).toEqual([
      expect.stringContaining('change what stands there'),
      expect.stringContaining('change what stands there'),
    ])
  })
})
