import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SessionId, SessionView, ToolPart } from '../../sidecar/contract/index.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { lastWords, resultsSince, type Script } from '../fixtures/model-server.ts'

/** A model that runs what it is told, once a message. */
const obedient: Script = (messages) =>
  resultsSince(messages).length > 0 ? [{ say: 'done' }] : [{ call: 'exec', args: { command: lastWords(messages) } }]

/** Has the model run one command. @returns the call, when the turn rests or waits */
async function runs({ client }: Bench, sessionId: SessionId, command: string): Promise<ToolPart | undefined> {
  await client.turns.send({ sessionId, parts: [{ type: 'text', text: command }] })
  const status = async () => (await client.sessions.get({ sessionId })).summary.status
  await expect.poll(status, { timeout: 30_000 }).not.toBe('running')
  return lastCall(await client.sessions.get({ sessionId }))
}

const lastCall = ({ messages }: SessionView): ToolPart | undefined =>
  messages.flatMap(({ parts }) => parts).findLast((part) => part.type === 'tool')

describe('isolation of a session', () => {
  test('is what a person chose, shown, kept, and taken back', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { client } = bench
    await client.config.set({ key: 'policy.role', value: 'owner' })
    const { id: sessionId } = await client.sessions.create({ workspace: bench.workspace })
    expect((await client.sandbox.tiers({ sessionId })).choice).toEqual({ tier: 'process', by: 'default' })
    expect((await client.sessions.configure({ sessionId, isolation: 'host' })).isolation).toBe('host')
    expect((await client.sandbox.tiers({ sessionId })).choice).toEqual({ tier: 'host', by: 'session' })
    const again = await bench.restart()
    expect((await again.sessions.get({ sessionId })).summary.isolation).toBe('host')
    expect((await again.sessions.configure({ sessionId, isolation: null })).isolation).toBeUndefined()
    const { entries } = await again.audit.list({ session: sessionId, kind: 'session' })
    expect(entries.map(({ data }) => data?.isolation)).toEqual(expect.arrayContaining(['host', 'as the settings say']))
  })

  test('is the strictest of session, setting and workspace, and says who asked', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { client, workspace } = bench
    await client.config.set({ key: 'policy.role', value: 'owner' })
    const { id: sessionId } = await client.sessions.create({ workspace, isolation: 'host' })
    const { restart } = await client.config.set({ key: 'sandbox.tier', value: 'process' })
    expect(restart).toBe(false)
    expect((await client.sandbox.tiers({ sessionId })).choice).toEqual({ tier: 'process', by: 'setting' })
    await expect(client.sessions.configure({ sessionId, isolation: 'host' })).rejects.toMatchObject({
      data: { code: 'sandbox.stricter' },
    })
    await client.config.set({ key: 'sandbox.tier', value: null })
    mkdirSync(join(workspace, '.oxbow'))
    const own = join(workspace, '.oxbow', 'config.toml')
    writeFileSync(own, '[sandbox]\ntier = "container"\nprofile = "strict"\n')
    expect((await client.sandbox.tiers({ sessionId })).choice).toEqual({ tier: 'container', by: 'workspace' })
    expect((await client.sandbox.profiles({ sessionId })).chosen).toBe('strict')
    await client.config.set({ key: 'sandbox.profile', value: 'strict' })
    writeFileSync(own, '[sandbox]\nprofile = "minimal"\n')
    expect((await client.sandbox.profiles({ sessionId })).chosen).toBe('strict')
    writeFileSync(own, '[sandbox]\ntier = "host"\n')
    await expect(client.sandbox.tiers({ sessionId })).rejects.toMatchObject({ data: { code: 'config.invalid' } })
  })

  test('that is not there refuses commands with what mends it, and runs them nowhere else', async () => {
    const bench = await startScripted(obedient)
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace, mode: 'auto' })
    mkdirSync(join(bench.workspace, '.oxbow'))
    writeFileSync(join(bench.workspace, '.oxbow', 'config.toml'), '[sandbox]\ntier = "microvm"\n')
    const { tiers } = await bench.client.sandbox.tiers({})
    const microvm = tiers.find(({ tier }) => tier === 'microvm')
    if (microvm?.ready) return
    const call = await runs(bench, id, 'echo x > no.txt')
    expect(call).toMatchObject({ status: 'denied', output: expect.stringContaining('To mend it:') })
    expect(existsSync(join(bench.workspace, 'no.txt'))).toBe(false)
  })

  test('none at all: each command is asked, also in mode auto', async () => {
    const bench = await startScripted(obedient)
    const { client, workspace } = bench
    await client.config.set({ key: 'policy.role', value: 'owner' })
    const { id } = await client.sessions.create({ workspace, mode: 'auto', isolation: 'host' })
    // What a person is told of it beforehand is what happens.
    const asIs = { tool: 'exec', args: { command: 'make all' } }
    expect(await client.policy.explain({ ...asIs, sessionId: id })).toMatchObject({ effect: 'ask', reach: { outward: true } })
    expect(await client.policy.explain({ ...asIs, workspace, mode: 'auto' })).toMatchObject({ effect: 'allow' })
    const outside = join(workspace, '..', 'outside.txt')
    expect(await runs(bench, id, `echo out > ${outside}`)).toMatchObject({ status: 'waiting' })
    const [approval] = (await client.approvals.list({ sessionId: id })).approvals
    await client.approvals.answer({ approvalId: approval!.id, allow: true })
    const settled = async () => lastCall(await client.sessions.get({ sessionId: id }))?.status
    await expect.poll(settled, { timeout: 30_000 }).toBe('done')
    expect(readFileSync(outside, 'utf8')).toBe('out\n')
    await client.sessions.configure({ sessionId: id, isolation: null })
    expect(await runs(bench, id, `echo in > ${outside}`)).toMatchObject({ status: 'failed' })
    expect(readFileSync(outside, 'utf8')).toBe('out\n')
  })

  test.each(['worker', 'operator'])('none at all is not for the role %s, neither chosen nor kept from before', async (role) => {
    const bench = await startScripted(obedient)
    const { client, workspace } = bench
    const outside = join(workspace, '..', 'outside.txt')
    const mode = 'auto'
    await client.config.set({ key: 'policy.role', value: 'owner' })
    const { id } = await client.sessions.create({ workspace, mode, isolation: 'host' })
    await client.config.set({ key: 'policy.role', value: role })
    const refused = { data: { code: 'sandbox.role', hint: expect.stringContaining('owner') } }
    await expect(client.sessions.create({ workspace, mode, isolation: 'host' })).rejects.toMatchObject(refused)
    const other = await client.sessions.create({ workspace, mode })
    await expect(client.sessions.configure({ sessionId: other.id, isolation: 'host' })).rejects.toMatchObject(refused)
    const { tiers } = await client.sandbox.tiers({})
    expect(tiers.find(({ tier }) => tier === 'host')).toMatchObject({ ready: false, reason: expect.stringContaining(role) })
    const call = await runs(bench, id, `echo out > ${outside}`)
    expect(call).toMatchObject({ status: 'denied', output: expect.stringContaining(`the role "${role}"`) })
    await expect(client.terminals.open({ sessionId: id, columns: 80, rows: 24 })).rejects.toMatchObject(refused)
    expect(existsSync(outside)).toBe(false)
  })

  test('a vault gives a copy to a session, which stays private, and the record says so', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { client, home, workspace } = bench
    const { id: sessionId } = await client.sessions.create({ workspace })
    expect((await client.vault.list({})).root).toBe(join(home, 'vault'))
    writeFileSync(join(home, 'vault', 'letter.txt'), 'dear')
    expect(await client.vault.copy({ sessionId, from: 'letter.txt' })).toMatchObject({ files: 1, bytes: 4 })
    expect(readFileSync(join(workspace, 'letter.txt'), 'utf8')).toBe('dear')
    expect((await client.policy.taintedFiles({})).files).toMatchObject([
      { path: join(workspace, 'letter.txt'), labels: ['private'] },
    ])
    const { entries } = await client.audit.list({ limit: 20 })
    expect(entries.map(({ title }) => title)).toContainEqual(expect.stringContaining('Copied out of the vault'))
  })

  test('host is no setting', async () => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    for (const value of ['host', 'jail'])
      await expect(client.config.set({ key: 'sandbox.tier', value })).rejects.toMatchObject({ data: { code: 'config.invalid' } })
  })
})
