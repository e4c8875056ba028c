import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { Media } from '../../sidecar/media/index.ts'
import { createFetcher, type EgressOptions } from '../../sidecar/sandbox/egress/index.ts'
import type { Box } from '../../sidecar/sandbox/index.ts'
import { createSpool, createTools, type ToolOutcome } from '../../sidecar/tools/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { ids, openLog, temporaryFolder } from '../fixtures/log.ts'

const PAGE = `<!doctype html><html><head><title>On bees</title><script>alert(1)</script></head><body>
<nav>${'<a href="/x">menu</a> '.repeat(20)}</nav>
<article><h1>On bees</h1>${'<p>Bees keep <a href="/honey">honey</a> in their hives, and they know where it is all winter long.</p>'.repeat(12)}</article>
<footer>imprint</footer></body></html>`

let server: Server
let base = ''
let port = 0
const seen: IncomingMessage[] = []
let robots = ''
let robotsStatus = 200

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request)
    const type = (mime: string) => response.setHeader('content-type', mime)
    switch (new URL(request.url!, 'http://x').pathname) {
      case '/robots.txt':
        return void (robots === '' ? response.writeHead(404).end() : response.writeHead(robotsStatus).end(robots))
      case '/page':
        type('text/html; charset=utf-8')
        return void response.end(PAGE)
      case '/json':
        type('application/json')
        return void response.end('{"bees":12}')
      case '/echo':
        type('text/plain')
        return void response.end(JSON.stringify(request.headers))
      case '/big':
        type('text/plain')
        return void response.end('x'.repeat(6 * 2 ** 20))
      case '/inside':
        return void response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end()
      case '/other':
        return void response.writeHead(302, { location: 'http://elsewhere.test/' }).end()
      case '/file':
        return void response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      case '/moved':
        return void response.writeHead(301, { location: '/json' }).end()
      case '/round':
        return void response.writeHead(302, { location: '/round' }).end()
      case '/missing':
        type('text/plain')
        return void response.writeHead(404).end('not here')
      default:
        return void response.end('hello')
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  base = `http://localhost:${port}`
})
afterAll(() => void server.close())

interface Setting extends Partial<Omit<EgressOptions, 'allowed'>> {
  allowed?: string[]
  within?: string[]
  heed?: boolean
}

function openTool({ allowed = [`localhost:${port}`], heed = true, ...more }: Setting = {}) {
  const egress = fixedEgress(allowed, more)
  const { db } = openLog()
  const media = new Media({
    root: join(temporaryFolder(), 'media'),
    db,
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} } as never,
    worker: join(import.meta.dirname, '../../sidecar/media/worker.ts'),
    modalities: async () => ['text'],
  })
  onTestFinished(async () => {
    await media.close()
    await egress.close()
  })
  const web = async () => ({
    fetcher: createFetcher(egress),
    pageText: (bytes: Uint8Array, type: string, url: string) => media.pageText(bytes, type, url),
    robots: () => heed,
  })
  const tool = createTools({ web }).find(({ name }) => name === 'web_fetch')!
  const spool = createSpool(temporaryFolder())
  const box = { workspace: '/work' } as Box
  const signal = new AbortController().signal
  const run = (input: Record<string, unknown>): Promise<ToolOutcome> =>
    tool.run(tool.input.parse(input), {
      sessionId: ids.session(),
      box,
      signal,
      space: 'main',
      spool,
      labels: [],
      onOutput: () => {},
    })
  return { run, egress, tool }
}

describe('web_fetch', () => {
  test('brings the article of a page as Markdown, marked as words of others', async () => {
    const { text, untrusted, isError } = await openTool().run({ url: `${base}/page` })
    expect(text).toContain('# On bees')
    expect(text).toContain(`[honey](${base}/honey)`)
    expect(text).not.toContain('alert(1)')
    expect(text).not.toContain('menu')
    expect({ untrusted, isError }).toEqual({ untrusted: true, isError: false })
  })

  test('brings JSON and text as they are, and follows a redirect on its host', async () => {
    const { run } = openTool()
    expect((await run({ url: `${base}/json` })).text).toContain('{"bees":12}')
    expect((await run({ url: `${base}/moved` })).text).toContain('{"bees":12}')
    expect((await run({ url: `${base}/page`, raw: true })).text).toContain('<article>')
  })

  test('says so when there is nothing', async () => {
    expect(await openTool().run({ url: `${base}/missing` })).toMatchObject({ isError: true, untrusted: true })
  })

  test('takes 5 MB and no more, and keeps what is too long for a model', async () => {
    const { text, spool } = await openTool().run({ url: `${base}/big` })
    expect(text).toContain('cut after 5 MB')
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024)
    expect(spool).toMatch(/^spool:/)
  })

  test.each([
    ['http://127.0.0.1:PORT/json', 'egress.host'],
    ['http://169.254.169.254/latest/', 'egress.address'],
    ['http://[::ffff:127.0.0.1]:PORT/', 'egress.address'],
    ['http://bent.test/', 'egress.address'],
    ['http://localhost:PORT/inside', 'egress.address'],
    ['http://localhost:PORT/other', 'egress.host'],
    ['http://localhost:PORT/file', 'egress.url'],
    ['http://localhost:PORT/round', 'egress.redirects'],
    ['http://user:pass@localhost:PORT/', 'egress.url'],
    ['file:///etc/passwd', 'egress.url'],
  ])('does not go to %s', async (url, code) => {
    const { run } = openTool({ resolve: async () => ['10.0.0.1'] })
    await expect(run({ url: url.replace('PORT', String(port)) })).rejects.toMatchObject({ code })
  })

  test('does not reach a service of this computer that only the gate let through', async () => {
    const { run } = openTool({ allowed: [] })
    await expect(run({ url: `${base}/json` })).rejects.toMatchObject({ code: 'egress.host' })
  })

  test('keeps to the hosts of the workspace', async () => {
    const { run } = openTool({ within: ['example.com'] })
    await expect(run({ url: `${base}/json` })).rejects.toMatchObject({ code: 'egress.workspace' })
  })

  test('heeds what a site asks of robots also where it is led on to', async () => {
    robots = 'User-agent: *\nDisallow: /json\n'
    onTestFinished(() => {
      robots = ''
    })
    const before = seen.length
    await expect(openTool().run({ url: `${base}/moved` })).rejects.toMatchObject({ code: 'web.robots' })
    expect(seen.slice(before).map(({ url }) => url)).not.toContain('/json')
  })

  test('asks a site again that could not be asked what it wants of robots', async () => {
    robots = 'User-agent: *\nDisallow: /json\n'
    robotsStatus = 503
    onTestFinished(() => {
      robots = ''
      robotsStatus = 200
    })
    const { run } = openTool()
    expect((await run({ url: `${base}/json` })).text).toContain('{"bees":12}')
    robotsStatus = 200
    await expect(run({ url: `${base}/json` })).rejects.toMatchObject({ code: 'web.robots' })
  })

  test.each([
    ['beside a reference that does not end', '/', { 'X-A': '{{secret: Tr0ub4dor-Planted-Key' }],
    ['behind a broken escape', '/%zz/Tr0ub4dor%2dPlanted%2dKey', {}],
    ['encoded twice', '/?a=Tr0ub4dor%252dPlanted%252dKey', {}],
    ['in base64', `/?a=${Buffer.from('x:Tr0ub4dor-Planted-Key').toString('base64')}`, {}],
    ['in hex', `/?a=${Buffer.from('Tr0ub4dor-Planted-Key').toString('hex')}`, {}],
    ['parted between two questions', '/?a=Tr0ub4dor-&b=Planted-Key', {}],
  ])('sends no key of this computer %s', async (_, path, headers) => {
    const known = 'Tr0ub4dor-Planted-Key'
    const { run } = openTool({ knownKeys: () => [known], holdsKey: (text) => text.includes(known) })
    const before = seen.length
    await expect(run({ url: `${base}${path}`, headers })).rejects.toMatchObject({ code: 'egress.secret' })
    expect(seen.slice(before).map(({ url }) => url)).not.toContain(path)
  })

  test('heeds what a site asks of robots, unless it is told not to', async () => {
    robots = 'User-agent: *\nDisallow: /json\n'
    onTestFinished(() => {
      robots = ''
    })
    await expect(openTool().run({ url: `${base}/json` })).rejects.toMatchObject({ code: 'web.robots' })
    expect((await openTool().run({ url: `${base}/echo` })).isError).toBe(false)
    expect((await openTool({ heed: false }).run({ url: `${base}/json` })).text).toContain('bees')
  })
})

describe('what leaves with it', () => {
  const secrets: EgressOptions['secrets'] = {
    any: () => true,
    reaches: () => true,
    reveal: () => 'planted-value-4711',
  }

  test('holds the value of a secret where its name stands, and the answer does not', async () => {
    const { run } = openTool({ secrets })
    const { text } = await run({ url: `${base}/echo`, headers: { 'x-key': '{{secret:github}}' } })
    expect(seen.at(-1)!.headers['x-key']).toBe('planted-value-4711')
    expect(text).not.toContain('planted-value-4711')
    expect(text).toContain('{{secret:github}}')
  })

  test('is nothing that looks like a key, nor a secret in an address', async () => {
    const { run } = openTool({ secrets, holdsKey: (text) => text.includes('sk-live') })
    const before = seen.length
    for (const input of [
      { url: `${base}/echo?key=sk-live-0123` },
      { url: `${base}/echo?key=%73k-live-0123` },
      { url: `${base}/echo`, headers: { 'x-key': 'sk-live-0123' } },
      { url: `${base}/echo?key={{secret:github}}` },
      { url: `${base}/echo?key=%7B%7Bsecret:github}}` },
    ])
      await expect(run(input)).rejects.toMatchObject({ code: 'egress.secret' })
    expect(seen.slice(before).filter(({ url }) => url?.startsWith('/echo'))).toEqual([])
  })

  test('sets no header that is ours', async () => {
    for (const name of ['Host', 'Proxy-Authorization', 'Transfer-Encoding'])
      expect(await openTool().run({ url: `${base}/echo`, headers: { [name]: 'x' } })).toMatchObject({ isError: true })
  })
})
