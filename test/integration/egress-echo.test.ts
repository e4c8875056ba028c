import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttps, type Server } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTls, type Server as TlsServer } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createSecretSource } from '../../sidecar/policy/egress/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { selfSigned } from '../fixtures/self-signed.ts'

const VALUE = 'planted/value+8f1c2d7e"x'
const LONGER = `${VALUE}-longer-one`
const root = selfSigned()
let echo: Server
let raw: TlsServer
let ports: { echo: number; raw: number }
/** What reached the servers. */
const seen: string[] = []

beforeAll(async () => {
  echo = createHttps(root, (request, response) => {
    const { 'x-key': key = '', authorization = '', 'x-two': two = '', range } = request.headers
    seen.push(`${request.method} ${request.url} ${key}`)
    const said = [key, authorization, two].join('|')
    const part = /bytes=(\d+)-(\d+)/.exec(range ?? '')
    if (part) return void response.writeHead(206).end(said.slice(Number(part[1]), Number(part[2]) + 1))
    switch (request.url) {
      case '/gzip':
        return void response.setHeader('content-encoding', 'gzip').end(gzipSync(said))
      case '/json':
        return void response.end(JSON.stringify({ said }))
      case '/html':
        return void response.end(said.replaceAll('"', '&#34;').replaceAll('+', '&#x2B;'))
      case '/url':
        return void response.writeHead(302, { location: `/x?k=${encodeURIComponent(String(key))}` }).end()
      case '/base64':
        return void response.end(Buffer.from(`x${said}`).toString('base64'))
      case '/hex':
        return void response.end(Buffer.from(said).toString('hex').toUpperCase())
      default:
        return void response.end(said)
    }
  })
  raw = createTls(root, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      seen.push(bytes.toString('latin1'))
      if (bytes.includes('END')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  for (const server of [echo, raw]) await once(server.listen(0, '127.0.0.1'), 'listening')
  ports = { echo: (echo.address() as AddressInfo).port, raw: (raw.address() as AddressInfo).port }
})
afterAll(() => {
  echo.close()
  raw.close()
})
beforeEach(() => {
  seen.length = 0
})

/** What comes back to a box for these bytes, on an encrypted way that a secret may go. */
async function ask(request: string, port = ports.echo): Promise<{ answer: string; uses: (string | undefined)[] }> {
  const uses: (string | undefined)[] = []
  const hosts = [`localhost:${ports.echo}`, `localhost:${ports.raw}`]
  const values = new Map([VALUE, LONGER].map((value, at) => [at === 0 ? 'short' : 'long', { value, hosts }]))
  const secrets = createSecretSource({
    secrets: { list: () => [...values.values()], valueFor: (name) => values.get(name) },
    onUse: (_name, _host, _port, session) => uses.push(session),
  })
  const egress = fixedEgress(hosts, { secrets, roots: [root.cert] })
  onTestFinished(() => egress.close())
  const pass = await egress.admit({ session: 'ses_one', workspace: '/work', trustFolder: temporaryFolder() })
  const at = await egress.port()
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '' } = await pass.environment({ port: at })
  const { username, password } = new URL(HTTPS_PROXY)
  const proof = Buffer.from(`${username}:${password}`).toString('base64')
  const near = connect(at, '127.0.0.1')
  near.write(`CONNECT localhost:${port} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${proof}\r\n\r\n`)
  await once(near, 'data')
  const secure = connectTls({ socket: near, servername: 'localhost', ca: readFileSync(SSL_CERT_FILE) })
  secure.write(request.replace('\r\n', '\r\nHost: localhost\r\nConnection: close\r\n'))
  return { answer: await text(secure), uses }
}

const KEY = 'X-Key: {{secret:short}}\r\n'
const basic = (user: string): string => `Basic ${Buffer.from(`${user}:{{secret:short}}`).toString('base64')}`

test.each([
  ['as it was sent', '/', KEY],
  ['in JSON', '/json', KEY],
  ['in HTML', '/html', KEY],
  ['in an address', '/url', KEY],
  ['in base64', '/base64', KEY],
  ['in hex', '/hex', KEY],
  ['beside one that begins like it', '/', `${KEY}X-Two: {{secret:long}}\r\n`],
  ['in two Basic credentials', '/', `X-Key: ${basic('one')}\r\nAuthorization: ${basic('other')}\r\n`],
])('a value comes back to no box, %s', async (_, path, headers) => {
  const { answer, uses } = await ask(`GET ${path} HTTP/1.1\r\n${headers}\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 (200|302)/)
  expect(answer).toContain('{{secret:')
  expect(new Set(uses)).toEqual(new Set(['ses_one']))
  expect(answer).not.toContain('-longer-one')
  // Whatever it was encoded as, and wherever it began.
  const body = answer.split('\r\n\r\n')[1]!
  const readings = [answer, ...[body, `AA${body}`, `AAAA${body}`].map((one) => Buffer.from(one, 'base64').toString('latin1'))]
  for (const reading of [...readings, Buffer.from(body, 'hex').toString()])
    expect(reading.replaceAll('\\', '')).not.toMatch(/value|8f1c2d7e/)
  for (const user of ['one', 'other']) expect(answer).not.toContain(Buffer.from(`${user}:${VALUE}`).toString('base64'))
})

test('no part of an answer is asked for where a value was put in', async () => {
  const { answer } = await ask(`GET / HTTP/1.1\r\n${KEY}Range: bytes=0-9\r\nIf-Range: "x"\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 200/)
  expect(answer).not.toContain(VALUE.slice(0, 9))
})

test('an answer that is encoded without having been asked is not let in', async () => {
  const { answer } = await ask(`GET /gzip HTTP/1.1\r\n${KEY}Accept-Encoding: gzip\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 502/)
  expect(answer).toContain('egress.encoding')
})

test('a request that names another host than its way leads to is refused', async () => {
  for (const asked of ['https://evil.test/steal', `http://localhost:${ports.echo}/`, 'evil.test/', '*']) {
    const { answer, uses } = await ask(`GET ${asked} HTTP/1.1\r\n${KEY}\r\n`)
    // What is no address at all is refused by the parser.
    expect(answer).toMatch(/^(HTTP\/1.1 403[\s\S]*egress.url|$)/)
    expect(uses).toEqual([])
  }
  expect(seen).toEqual([])
  const same = await ask(`GET https://localhost:${ports.echo}/own HTTP/1.1\r\n${KEY}\r\n`)
  expect(same.answer).toMatch(/^HTTP\/1.1 200/)
  expect(seen).toEqual([`GET /own ${VALUE}`])
})

test('a body never goes without its length', async () => {
  const body = 'TRACE /smuggled HTTP/1.1\r\nHost: other\r\nEnd: END\r\n\r\n'
  const { answer } = await ask(
    `GET / HTTP/1.1\r\nConnection: content-length\r\nContent-Length: ${body.length}\r\n${KEY}\r\n${body}`,
    ports.raw,
  )
  expect(answer).toMatch(/^HTTP\/1.1 200/)
  expect(seen.join('').toLowerCase()).toContain(`content-length: ${body.length}\r\n`)
})
