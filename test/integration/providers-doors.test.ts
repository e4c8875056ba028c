import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Check, ProviderInfo } from '../../sidecar/contract/index.ts'
import { follow, resting, say, words } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const KEY = 'planted-key-0123456789'

/** A server of one's own: it wants its key, says which models it has, and answers with one word. */
async function startOwn(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked.push(`${request.method} ${request.url}`)
      if (request.headers.authorization !== `Bearer ${KEY}`)
        return response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"who are you?"}}')
      if (request.url === '/v1/models') {
        const data = ['small', 'large'].map((id) => ({ id, object: 'model' }))
        return response.end(JSON.stringify({ object: 'list', data }))
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const choices = [{ index: 0, delta: { content: 'Hello.' }, finish_reason: 'stop' }]
      return response.end(`data: ${JSON.stringify({ choices })}\n\ndata: [DONE]\n\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked }
}

const find = (providers: readonly ProviderInfo[], id: string): ProviderInfo | undefined =>
  providers.find((each) => each.id === id)

describe('a provider of one’s own', () => {
  test('is added, answers at once, is kept over a restart, and is removed', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { url } = await startOwn()
    const before = readFileSync(join(bench.home, 'config.toml'), 'utf8')
    const { provider, warning } = await bench.client.providers.add({ id: 'mine', baseUrl: `${url}/`, key: KEY })
    expect(provider).toMatchObject({ baseUrl: url, ready: true, key: 'secrets', added: true })
    expect(warning).toContain('not encrypted')

    const { models } = await bench.client.models.list({ provider: 'mine' })
    expect(models.map(({ ref }) => ref)).toEqual(['mine/small', 'mine/large'])
    expect(await bench.client.providers.test({ id: 'mine' })).toMatchObject({ ok: true, model: 'mine/small' })
    // It may cost something, so it is in the books, and budgets hold for it.
    const { calls } = await bench.client.usage.calls({})
    expect(calls).toMatchObject([{ model: 'mine/small', purpose: 'test', status: 'settled' }])
    expect(calls[0]).not.toHaveProperty('sessionId')
    const { budget } = await bench.client.budgets.set({ scope: 'all', period: 'day', unit: 'calls', limit: 1 })
    expect(await bench.client.providers.test({ id: 'mine' })).toMatchObject({ ok: false, failure: { code: 'budget.exceeded' } })
    await bench.client.budgets.remove({ id: budget.id })
    const { id: sessionId } = await bench.client.sessions.create({ workspace: bench.workspace, model: 'mine/large' })
    const screen = await follow(bench.client, sessionId)
    await say(bench.client, sessionId, 'hi')
    expect(words(await screen.until('the answer', resting))).toContain('assistant: Hello.')
    screen.stop()

    let client = await bench.restart()
    expect(find((await client.providers.list()).providers, 'mine')).toMatchObject({ ready: true, key: 'secrets' })
    expect(await client.providers.test({ id: 'mine' })).toMatchObject({ ok: true })
    await client.models.setDefault({ model: 'mine/small' })
    await client.providers.remove({ id: 'mine' })
    expect((await client.models.list({})).default).not.toContain('mine/')
    client = await bench.restart()
    expect(find((await client.providers.list()).providers, 'mine')).toBeUndefined()
    // What the person wrote there is as it was, but for the default that went with the provider.
    const after = readFileSync(join(bench.home, 'config.toml'), 'utf8')
    expect(after.trim()).toBe(before.replace('default = "scripted/model"\n', '').trim())
  })

  test('says precisely what is wrong', async () => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    const { url } = await startOwn()
    await client.providers.add({ id: 'mine', baseUrl: url, key: 'another-key', models: ['small'] })
    expect(await client.providers.test({ id: 'mine' })).toMatchObject({
      ok: false,
      model: 'mine/small',
      failure: { code: 'provider.keyWrong', message: expect.stringContaining('[HTTP 401]') },
    })
    await client.providers.add({ id: 'gone', baseUrl: 'http://127.0.0.1:2/v1' })
    expect(await client.providers.test({ id: 'gone' })).toMatchObject({ ok: false, failure: { code: 'provider.noModel' } })
    expect(await client.providers.test({ id: 'gone', model: 'x' })).toMatchObject({
      failure: { code: 'provider.connection', message: expect.stringContaining('ECONNREFUSED') },
    })
    expect(await client.providers.test({ id: 'openai' })).toMatchObject({ failure: { code: 'provider.keyMissing' } })
  })
})

describe('what is refused', () => {
  test.each<[string, Parameters<Awaited<ReturnType<typeof startScripted>>['client']['providers']['add']>[0], string]>([
    ['a name that nobody knows', { id: 'opanai', key: KEY }, 'provider.noAddress'],
    ['a name that is taken', { id: 'offline' }, 'provider.reserved'],
    ['an address that is none', { id: 'mine', baseUrl: 'models.example' }, 'provider.badAddress'],
    ['a password in an address', { id: 'mine', baseUrl: 'https://u:p@models.example' }, 'provider.badAddress'],
    ['a wire format that is none', { id: 'mine', type: 'morse', baseUrl: 'https://models.example' }, 'config.invalid'],
  ])('%s', async (_, input, code) => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    await expect(client.providers.add(input)).rejects.toMatchObject({ data: { code } })
    expect(find((await client.providers.list()).providers, input.id)?.added ?? false).toBe(false)
  })

  test('to send a key to an address it was not given for', async () => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    const { url, asked } = await startOwn()
    await client.providers.add({ id: 'groq', key: KEY })
    await expect(client.providers.add({ id: 'groq', baseUrl: url })).rejects.toMatchObject({
      data: { code: 'provider.keyAgain' },
    })
    expect(asked).toEqual([])
    await client.providers.add({ id: 'groq', baseUrl: url, key: KEY })
    expect(find((await client.providers.list()).providers, 'groq')).toMatchObject({ baseUrl: url })
  })

  test('to remove what is not ours', async () => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    await expect(client.providers.remove({ id: 'openai' })).rejects.toMatchObject({ data: { code: 'provider.notAdded' } })
    await expect(client.providers.remove({ id: 'nobody' })).rejects.toMatchObject({ data: { code: 'provider.unknown' } })
  })
})

describe('a provider of the catalogue', () => {
  test('needs its key only', async () => {
    const { client } = await startScripted(() => [{ say: 'ok' }])
    expect((await client.providers.list()).known.map(({ id }) => id)).toContain('fireworks-ai')
    const { provider } = await client.providers.add({ id: 'fireworks-ai' })
    expect(provider).toMatchObject({ name: 'Fireworks AI', ready: false, keyEnv: 'FIREWORKS_API_KEY' })
    const changed = await client.providers.add({ id: 'fireworks-ai', key: KEY })
    expect(changed.provider).toMatchObject({ ready: true })
    expect(changed.provider.models).toBeGreaterThan(5)
  })

  test('has its models checked when one is chosen', async () => {
    const { client, workspace } = await startScripted(() => [{ say: 'ok' }])
    await client.providers.add({ id: 'anthropic', key: KEY })
    await expect(client.sessions.create({ workspace, model: 'anthropic/claude-opus-4.8' })).rejects.toMatchObject({
      data: { code: 'provider.modelUnknown', hint: expect.stringContaining('Did you mean anthropic/claude-opus-4-8?') },
    })
    await client.sessions.create({ workspace, model: 'anthropic/claude-opus-4-8' })
  })
})

describe('the doctor, without a sidecar', () => {
  const doctor = async (secrets: string) => {
    const home = temporaryFolder()
    writeFileSync(join(home, 'secrets.toml'), secrets, { mode: 0o600 })
    const entry = join(import.meta.dirname, '../../sidecar/oxbow.ts')
    const env = { PATH: process.env.PATH, HOME: home, OXBOW_HOME: home }
    const { stdout } = spawnSync(process.execPath, [entry, 'doctor', '--json'], { env, encoding: 'utf8', timeout: 30_000 })
    const { checks } = JSON.parse(stdout) as { checks: Check[] }
    return checks.find(({ name }) => name === 'keys')
  }

  test('sees the keys that were given', async () => {
    expect(await doctor(`[keys]\ngroq = "${KEY}"\n`)).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/ready: groq/),
    })
  })

  test('says where the file of keys is broken, without quoting it', async () => {
    const found = await doctor(`[keys\ngroq = "${KEY}"\n`)
    expect(found).toMatchObject({ status: 'error', detail: expect.stringContaining('secrets.toml cannot be read') })
    expect(JSON.stringify(found)).not.toContain(KEY)
  })
})
