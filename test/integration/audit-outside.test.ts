import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditEntry, Client } from '../../sidecar/contract/index.ts'
import { startScripted } from '../fixtures/kernel.ts'

const RULE = '[[rule]]\neffect = "deny"\nprogram = "ssh"\n'
const KEY = 'planted-key-of-the-settings-91c3'

const all = async (client: Client): Promise<AuditEntry[]> => (await client.audit.list({ limit: 200 })).entries
/** What the record tells of edits from outside, the oldest first. */
const edits = async (client: Client): Promise<string[]> =>
  (await all(client))
    .filter(({ title }) => title.includes('outside of the running Oxbow'))
    .map(({ kind, actor, title, outcome }) => `${kind} ${actor} ${outcome}: ${title.split(' ')[0]}`)
    .reverse()
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

test('rules that somebody edits in their file are recorded once when they are read; those that Oxbow writes are not', async () => {
  const { client, home } = await startScripted(() => [{ say: 'Good.' }])
  const file = join(home, 'policy.toml')
  const seen = async (): Promise<string[]> => {
    await client.policy.rules({})
    return (await edits(client)).filter((edit) => edit.startsWith('policy'))
  }
  expect(await seen()).toEqual([])
  await client.policy.add({ effect: 'ask', program: 'make' })
  expect(await seen()).toEqual([])
  appendFileSync(file, RULE)
  const changed = 'policy outsider changed: policy.toml'
  for (const _ of [1, 2]) expect(await seen()).toEqual([changed])
  const entry = (await all(client)).find(({ title }) => title.startsWith('policy.toml'))
  expect(entry?.data).toEqual({ file, sha256: sha256(file) })
  // Not hidden by a change of Oxbow's own, and recorded before it.
  appendFileSync(file, '# mine\n')
  await client.policy.add({ effect: 'ask', program: 'cmake' })
  const rules = (await all(client)).filter(({ kind }) => kind === 'policy')
  expect(rules.slice(0, 2).map(({ title }) => title.split(' ')[0])).toEqual(['Rule', 'policy.toml'])
  expect(await seen()).toEqual([changed, changed])
  writeFileSync(file, 'no rules')
  for (const _ of [1, 2]) await expect(client.policy.rules({})).rejects.toThrow('no valid TOML')
  expect((await edits(client)).filter((edit) => edit === changed)).toHaveLength(3)
  rmSync(file)
  expect((await seen()).slice(3)).toEqual(['policy outsider removed: policy.toml'])
  expect((await client.audit.verify()).ok).toBe(true)
})

test('settings and rules that were edited while nothing ran are recorded after the start, those of Oxbow are not', async () => {
  const bench = await startScripted(() => [{ say: 'Good.' }])
  const config = join(bench.home, 'config.toml')
  const changed = 'config outsider changed: config.toml'
  // Who made this home wrote its settings.
  await expect.poll(() => edits(bench.client), { timeout: 30_000 }).toEqual([changed])
  await bench.client.config.set({ key: 'policy.mode', value: 'auto-edit' })
  await bench.client.providers.add({ id: 'another', type: 'openai', baseUrl: 'http://127.0.0.1:9/v1' })
  await bench.client.providers.remove({ id: 'another' })
  for (const _ of [1, 2]) expect(await edits(await bench.restart())).toEqual([changed])

  await bench.sidecar.stop()
  writeFileSync(config, readFileSync(config, 'utf8').replace('no-key-needed', KEY))
  writeFileSync(join(bench.home, 'policy.toml'), RULE)
  const client = await bench.restart()
  const both = [changed, changed, 'policy outsider changed: policy.toml']
  await expect.poll(() => edits(client), { timeout: 30_000 }).toEqual(both)
  const [entry] = (await all(client)).filter(({ title }) => title.startsWith('config.toml'))
  expect(entry?.data?.file).toBe(config)
  // Of the text without its key.
  expect(entry?.data?.sha256).toMatch(/^[0-9a-f]{64}$/)
  expect(entry?.data?.sha256).not.toBe(sha256(config))
  expect(JSON.stringify(await all(client))).not.toContain(KEY)

  // What held for a moment only is recorded, too.
  await bench.sidecar.stop()
  appendFileSync(config, '# mine\n')
  await bench.restart()
  expect(await edits(await bench.restart())).toEqual([...both, changed])
})

test('settings that are set at once are all set, and none is recorded as an edit from outside', async () => {
  const { client, home } = await startScripted(() => [{ say: 'Good.' }])
  await Promise.all([
    client.config.set({ key: 'policy.mode', value: 'auto' }),
    client.config.set({ key: 'memory.learn', value: 'off' }),
    client.config.set({ key: 'kernel.max_turns', value: 7 }),
  ])
  const text = readFileSync(join(home, 'config.toml'), 'utf8')
  expect(text).toContain('mode = "auto"')
  expect(text).toContain('learn = "off"')
  expect(text).toContain('max_turns = 7')
  // Who made this home wrote its settings; nobody else did.
  await client.config.set({ key: 'kernel.max_turns', value: 8 })
  expect(await edits(client)).toEqual(['config outsider changed: config.toml'])
})
