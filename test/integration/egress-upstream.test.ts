import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { readHost } from '../../sidecar/policy/egress/index.ts'
import { Certificates } from '../../sidecar/sandbox/egress/certificates.ts'
import { createFetcher, type EgressOptions, readUpstream } from '../../sidecar/sandbox/egress/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'

/** A company's proxy: it alone knows where `far.test` is, and wants a password. */
const USER = 'me:p@ss'
const PROOF = `Basic ${Buffer.from(USER).toString('base64')}`
const asked: string[] = []
/** What reached the server beside the addresses. */
const told: string[] = []
let answer: string | undefined
let web: Server
let secureWeb: Server
let company: Server
let root: string
const portOf = (server: Server): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  const certificates = new Certificates(systemClock)
  root = (await certificates.trusted()).split(/(?=-----BEGIN CERTIFICATE-----)/).at(-1)!
  const secureContext = await certificates.contextFor(readHost('far.test'))
  web = createServer((incoming, response) => {
    told.push(JSON.stringify(incoming.headers))
    incoming.on('data', (piece: Buffer) => void told.push(piece.toString()))
    incoming.on('end', () => response.end(`plain ${incoming.headers.host} ${incoming.url}`))
  })
  secureWeb = createHttps({ SNICallback: (_name, done) => done(null, secureContext) }, (incoming, response) =>
    response.end(`secure ${incoming.headers.host} ${incoming.url}`),
  )
  company = createServer((_incoming, response) => response.writeHead(500).end('only CONNECT'))
  company.on('connect', (incoming, near: Socket) => {
    near.on('error', () => {})
    asked.push(incoming.url ?? '')
    if (answer !== undefined) return void near.end(answer)
    if (incoming.headers['proxy-authorization'] !== PROOF) return void near.end('HTTP/1.1 407 Who are you\r\n\r\n')
    const far = connect(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Established\r\nVia: company\r\n\r\n')
      near.pipe(far).pipe(near)
    })
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  for (const server of [web, secureWeb, company]) await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  for (const server of [web, secureWeb, company]) {
    server.closeAllConnections()
    server.close()
  }
})
beforeEach(() => {
  asked.length = 0
  told.length = 0
  answer = undefined
})

const nowhere = async (): Promise<never> => {
  throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
}

async function open(more: Partial<EgressOptions> & { setting?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { setting = `http://me:p%40ss@127.0.0.1:${portOf(company)}`, env = {}, ...rest } = more
  const allowed = [`far.test:${portOf(web)}`, `far.test:${portOf(secureWeb)}`, `localhost:${portOf(web)}`]
  const egress = fixedEgress(allowed, { upstream: readUpstream(setting, env), resolve: nowhere, roots: [root], ...rest })
  onTestFinished(() => egress.close())
  const pass = await egress.admit({ session: 'ses_one', workspace: '/work' })
  const at = await egress.port()
  const { username, password } = new URL((await pass.environment({ port: at })).HTTP_PROXY!)
  const proof = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const ask = async (
    url: string,
    { pieces = [], headers = {} }: { pieces?: string[]; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: string; code: unknown }> => {
    const method = pieces.length > 0 ? 'POST' : 'GET'
    const all = { ...headers, 'proxy-authorization': proof }
    const outgoing = request({ host: '127.0.0.1', port: at, path: url, method, headers: all, agent: false })
    const answered = once(outgoing, 'response')
    for (const piece of pieces) {
      outgoing.write(piece)
      await new Promise((done) => setTimeout(done, 20))
    }
    outgoing.end()
    const [response] = await answered
    return { status: response.statusCode, body: await text(response), code: response.headers['x-oxbow-error'] }
  }
  const tunnel = async (authority: string): Promise<{ head: string; socket: Socket }> => {
    const socket = connect(at, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${proof}\r\n\r\n`)
    const [head] = await once(socket, 'data')
    return { head: head.toString(), socket }
  }
  const get = (url: string) =>
    createFetcher(egress).get(url, {
      of: { workspace: '/work', tool: 'web_fetch' },
      approved: false,
      signal: AbortSignal.timeout(30_000),
      timeoutMs: 30_000,
      mostBytes: 10_000,
    })
  return { ask, tunnel, get }
}

describe('behind a company’s proxy', () => {
  it('a box’s tunnels and requests go through it, by name', async () => {
    const { ask, tunnel } = await open()
    expect(await ask(`http://far.test:${portOf(web)}/page`)).toMatchObject({
      status: 200,
      body: `plain far.test:${portOf(web)} /page`,
    })
    const { head, socket } = await tunnel(`far.test:${portOf(web)}`)
    expect(head).toMatch(/^HTTP\/1\.1 200/)
    socket.write('GET /inside HTTP/1.0\r\nHost: far.test\r\n\r\n')
    const [said] = await once(socket, 'data')
    expect(said.toString()).toContain('HTTP/1.1 200')
    // What was plain in the tunnel went as a request, on a way of its own.
    expect(asked).toEqual(Array(3).fill(`far.test:${portOf(web)}`))
  })

  it('so do our own tools, whose TLS it cannot read', async () => {
    const { get } = await open()
    expect((await get(`http://far.test:${portOf(web)}/a`)).body.toString()).toContain('plain far.test')
    expect((await get(`https://far.test:${portOf(secureWeb)}/b`)).body.toString()).toBe(`secure far.test:${portOf(secureWeb)} /b`)
    const { get: distrusting } = await open({ roots: [] })
    await expect(distrusting(`https://far.test:${portOf(secureWeb)}/`)).rejects.toMatchObject({ code: 'egress.connect' })
  })

  it('hears of no name that is refused, and of none that leads inside', async () => {
    const { ask, tunnel } = await open()
    expect(await ask('http://other.test/')).toMatchObject({ status: 403, code: 'egress.host' })
    expect((await tunnel('169.254.169.254:80')).head).toMatch(/^HTTP\/1\.1 403/)
    const inside = await open({ resolve: async () => ['10.0.0.7'] })
    expect(await inside.ask(`http://far.test:${portOf(web)}/`)).toMatchObject({ status: 403, code: 'egress.address' })
    expect(asked).toEqual([])
  })

  it('nothing that holds a key is asked for in plain words', async () => {
    const { ask, get } = await open({ holdsKey: (said) => said.includes('4711') })
    expect(await ask(`http://far.test:${portOf(web)}/?q=it+is%204711`)).toMatchObject({ status: 403, code: 'egress.secret' })
    await expect(get(`https://far.test:${portOf(secureWeb)}/?q=4711`)).rejects.toMatchObject({ code: 'egress.secret' })
    expect(asked).toEqual([])
    expect(await ask(`http://far.test:${portOf(web)}/?q=4712`)).toMatchObject({ status: 200 })
  })

  it('no known key is sent in plain words, in a header or in pieces of a body', async () => {
    const { ask } = await open({ knownKeys: () => ['the-key-4711', 'short'] })
    const url = `http://far.test:${portOf(web)}/`
    const refused = { status: 403, code: 'egress.secret' }
    expect(await ask(url, { headers: { 'x-key': 'the-key-4711' } })).toMatchObject(refused)
    expect(await ask(`${url}the-key-4711/`)).toMatchObject(refused)
    expect(told).toEqual([])
    expect(await ask(url, { pieces: ['a=1&key=the-k', 'ey-47', '11&b=2'] })).toMatchObject(refused)
    expect(told.join('')).not.toContain('the-k')
    expect(await ask(url, { pieces: ['it is short: the-k', 'ey-48'] })).toMatchObject({ status: 200 })
    expect(told.join('')).toContain('it is short: the-key-48')
  })

  it('this computer and what NO_PROXY names are reached without it', async () => {
    const { ask } = await open()
    expect(await ask(`http://localhost:${portOf(web)}/own`)).toMatchObject({ status: 200 })
    const named = await open({ env: { NO_PROXY: 'example.org, .test' } })
    expect(await named.ask(`http://far.test:${portOf(web)}/`)).toMatchObject({ status: 502, code: 'egress.lookup' })
    expect(asked).toEqual([])
  })

  it.each([
    ['HTTP/1.1 407 Who are you\r\n\r\n', /asks for a password/],
    ['HTTP/1.1 503 No\r\nX: y\r\n\r\n', /answered 503/],
    ['SSH-2.0-something\r\n\r\n', /its answer is none/],
    ['', /broke off/],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, /its answer is none|broke off/],
  ])('what it answers instead is said: %#', async (said, words) => {
    answer = said
    const { ask, get } = await open()
    expect(await ask(`http://far.test:${portOf(web)}/`)).toMatchObject({
      status: 502,
      code: 'egress.upstream',
      body: expect.stringMatching(words),
    })
    await expect(get(`http://far.test:${portOf(web)}/`)).rejects.toMatchObject({ code: 'egress.upstream' })
  })

  it('one that is not there is named, its password is not', async () => {
    const { ask } = await open({ setting: 'http://me:hidden@127.0.0.1:9' })
    const { body } = await ask(`http://far.test:${portOf(web)}/`)
    expect(body).toContain('127.0.0.1:9')
    expect(body).not.toContain('hidden')
  })
})

describe('the proxy that is set', () => {
  const name = (setting: string | undefined, env: NodeJS.ProcessEnv = {}) => {
    const found = readUpstream(setting, env)
    return found && `${found.secure ? 'https' : 'http'} ${found.host}:${found.port}`
  }
  it.each([
    [undefined, {}, undefined],
    [undefined, { HTTPS_PROXY: 'http://proxy:8080' }, 'http proxy:8080'],
    [undefined, { https_proxy: 'proxy:3128' }, 'http proxy:3128'],
    [undefined, { ALL_PROXY: 'https://proxy' }, 'https proxy:443'],
    ['none', { HTTPS_PROXY: 'http://proxy:8080' }, undefined],
    ['http://mine', { HTTPS_PROXY: 'http://proxy:8080' }, 'http mine:80'],
    ['http://[::1]:99', {}, 'http ::1:99'],
  ])('%s and %j are %s', (setting, env, expected) => {
    expect(name(setting, env)).toBe(expected)
  })
  it('is refused without its password where it is none', () => {
    expect(() => name(undefined, { HTTPS_PROXY: 'socks5://me:hidden@x' })).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.not.stringContaining('hidden') }),
    )
  })
  it.each([
    ['*', 'a.test', 443, true],
    ['a.test', 'a.test', 443, true],
    ['a.test', 'b.a.test', 443, true],
    ['*.a.test', 'b.a.test', 443, true],
    ['a.test:80', 'a.test', 443, false],
    ['a.test', 'ba.test', 443, false],
    ['', 'localhost', 1, true],
    ['', '10.0.0.1', 1, true],
  ])('NO_PROXY "%s" and %s:%i: %s', (list, host, port, expected) => {
    expect(readUpstream('http://p', { NO_PROXY: list })?.bypasses({ host: readHost(host), port })).toBe(expected)
  })
})
