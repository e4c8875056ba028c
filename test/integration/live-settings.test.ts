import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Client } from '../../sidecar/contract/index.ts'
import { startScripted } from '../fixtures/kernel.ts'

const held = async (client: Client, key: string) => (await client.config.list()).settings.find((one) => one.key === key)

test('a setting that is set holds at once; taken back, what other layers say holds, as after a restart', async () => {
  const bench = await startScripted(() => [{ say: 'Good.' }], { overrides: { 'policy.tainted': 'deny' } })
  const { client, home } = bench
  const changes = [
    ['policy.tainted', 'ask'],
    ['policy.mode', 'auto-edit'],
    ['memory.retention.fact', 30],
    ['memory.daily_tokens', 7],
    ['sandbox.profile', 'strict'],
  ] as const
  for (const [key, value] of changes) {
    expect((await client.config.set({ key, value })).restart, key).toBe(false)
    expect(await held(client, key)).toEqual({ key, value, source: join(home, 'config.toml') })
  }
  for (const [key] of changes) await client.config.set({ key, value: null })
  const bare = await Promise.all(changes.map(([key]) => held(client, key)))
  expect(bare[0]).toMatchObject({ value: 'deny', source: 'command line' })
  expect(bare[1]).toMatchObject({ value: 'ask', source: 'default' })
  const again = await bench.restart()
  expect(await Promise.all(changes.map(([key]) => held(again, key)))).toEqual(bare)
})
