import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { refreshCatalog } from '../../sidecar/providers/catalog-refresh.ts'
import { createProviders } from '../../sidecar/providers/index.ts'

let folder: string
let path: string
let server: Server
let answer: RequestListener
let url: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-refresh-'))
  path = join(folder, 'models.json')
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api.json`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const model = (id: string) => ({
  id,
  name: id,
  release_date: '2026-11-01',
  attachment: false,
  reasoning: true,
  tool_call: true,
  open_weights: false,
  cost: { input: 1, output: 2, input_audio: 3, tiers: [{ tier: { size: 200_000 }, input: 2, output: 4 }] },
  limit: { context: 1000, output: 100 },
  modalities: { input: ['text', 'hologram'], output: ['text'] },
})
const provider = (id: string, names: string[]) => ({
  id,
  name: id,
  env: [],
  npm: 'x',
  models: Object.fromEntries(names.map((name) => [name, model(name)])),
})
const names = Array.from({ length: 12 }, (_, at) => `tomorrow-${at}`)
const send = (body: unknown, status = 200): void => {
  answer = (_, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
const refresh = (timeoutMs = 5000) => refreshCatalog({ url, path, clock: systemClock, timeoutMs })

describe('fetching a newer catalogue', () => {
  it('takes it up at once, and keeps the one before', async () => {
    const providers = createProviders({
      config: { providers: {}, models: {} },
      env: { OPENAI_API_KEY: 'k' },
      catalogPath: path,
      clock: systemClock,
    })
    expect(providers.known('openai/tomorrow-1')).toBeUndefined()
    send({ openai: provider('openai', names) })
    expect(await providers.refresh(url)).toMatchObject({ providers: 1, models: 12 })
    expect(providers.known('openai/tomorrow-1')).toMatchObject({ input: ['text'], price: { tiers: [{ above: 200_000 }] } })
    expect(providers.resolve('openai/tomorrow-1').model).toBe('tomorrow-1')
    send({ openai: provider('openai', [...names, 'day-after']) })
    await providers.refresh(url)
    expect(providers.known('openai/day-after')).toBeDefined()
    expect(readFileSync(`${path}.old`, 'utf8')).not.toContain('day-after')
    expect(readdirSync(folder).sort()).toEqual(['models.json', 'models.json.old'])
  })

  it('leaves out a provider that is wrong', async () => {
    send({ good: provider('good', names), bad: { ...provider('bad', names), models: { x: { id: 'x' } } }, ugly: 7 })
    expect(await refresh()).toMatchObject({ providers: 1, models: 12 })
  })

  it.each<[string, () => void, string]>([
    ['refused', () => send('no', 503), 'catalog.unreachable'],
    ['no JSON', () => send('<html>'), 'catalog.invalid'],
    ['a list', () => send([]), 'catalog.invalid'],
    ['nearly nothing', () => send({ openai: provider('openai', ['one']) }), 'catalog.invalid'],
    [
      'endless',
      () => {
        answer = (_, response) => {
          const more = (): void => {
            while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
            if (!response.destroyed) response.once('drain', more)
          }
          more()
        }
      },
      'catalog.invalid',
    ],
    [
      'cut off',
      () => {
        answer = (_, response) => {
          response.writeHead(200, { 'content-length': '1000' }).write('{"openai":')
          setImmediate(() => response.destroy())
        }
      },
      'catalog.unreachable',
    ],
  ])('changes nothing where the answer is %s', async (_, play, code) => {
    writeFileSync(path, 'as it was')
    play()
    await expect(refresh()).rejects.toMatchObject({ code, hint: expect.stringContaining('stays in use') })
    expect(readFileSync(path, 'utf8')).toBe('as it was')
    expect(readdirSync(folder)).toEqual(['models.json'])
  })

  it('gives up on a server that says nothing', async () => {
    answer = () => {}
    await expect(refresh(100)).rejects.toMatchObject({ code: 'catalog.unreachable' })
    expect(existsSync(path)).toBe(false)
  })
})
