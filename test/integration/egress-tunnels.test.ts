import { once } from 'node:events'
import { createServer as createHttp, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { readHostRule } from '../../sidecar/policy/egress/index.ts'
import { createEgress, type EgressOptions } from '../../sidecar/sandbox/egress/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'

const KEY = 'planted-key-4711'
let web: Server
/** Says first what it is, as ssh and mail do, and repeats the rest. */
let greeter: TcpServer
let silent: TcpServer
let ports: { web: number; greeter: number; silent: number }
/** What reached the web server. */
const seen: string[] = []
const heard: string[] = []

beforeAll(async () => {
  web = createHttp((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`)
    response.end('hello')
  })
  greeter = createTcp((socket) => {
    socket.on('error', () => {})
    socket.write('SSH-2.0-there\r\n')
    socket.pipe(socket)
  })
  silent = createTcp((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => void heard.push(bytes.toString('latin1')))
    socket.pipe(socket)
  })
  for (const server of [web, greeter, silent]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port
  ports = { web: portOf(web), greeter: portOf(greeter), silent: portOf(silent) }
})
afterAll(() => {
  web.closeAllConnections()
  for (const server of [web, greeter, silent]) server.close()
})
beforeEach(() => {
  seen.length = 0
  heard.length = 0
})

/** Also where it ended with an error. */
const closed = (socket: Socket): Promise<void> => new Promise((done) => socket.resume().once('close', () => done()))

function proofOf({ HTTP_PROXY = '' }: Record<string, string>): string {
  const { username, password } = new URL(HTTP_PROXY)
  return `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`
}

/** Opens a tunnel, and gathers what comes through it. */
async function through(
  at: number,
  proof: string,
  authority: string,
): Promise<{ socket: Socket; says: (words: string) => Promise<void> }> {
  const socket = connect(at, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  let said = ''
  socket.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1')
  })
  const says = async (words: string): Promise<void> => {
    while (!said.includes(words) && !socket.destroyed) await once(socket, 'data')
    expect(said).toContain(words)
  }
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n${proof}\r\n`)
  await says('HTTP/1.1 200')
  return { socket, says }
}

/** A proxy that knows `far.test`, and the tunnels of one box. */
async function open(more: Partial<EgressOptions> = {}) {
  const allowed = Object.values(ports).flatMap((port) => [`far.test:${port}`, `127.0.0.1:${port}`])
  const egress = fixedEgress(allowed, { resolve: async () => ['127.0.0.1'], knownKeys: () => [KEY], ...more })
  onTestFinished(() => egress.close())
  const pass = await egress.admit({ session: 'ses_one', workspace: '/work' })
  const at = await egress.port()
  const proof = proofOf(await pass.environment({ port: at }))
  const say = (words: string, allowHalfOpen = false): Socket => {
    const socket = connect({ port: at, host: '127.0.0.1', allowHalfOpen })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.write(words)
    return socket
  }
  const tunnel = async (port: number): Promise<Socket> => {
    const { socket } = await through(at, proof, `far.test:${port}`)
    socket.removeAllListeners('data').pause()
    return socket
  }
  return { egress, pass, at, proof, say, tunnel }
}

describe('a request in plain words inside a tunnel', () => {
  test.each([
    ['with a key', `GET /?k=${KEY} HTTP/1.1\r\nHost: x\r\n\r\n`, '403'],
    ['with a key in a header', `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${KEY}\r\n\r\n`, '403'],
    ['with another method', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', '403'],
    ['to another host', 'GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n', '403'],
    ['behind empty lines', `\r\n\r\nGET /${KEY} HTTP/1.1\r\nHost: x\r\n\r\n`, '403'],
  ])('is judged like any other, %s', async (_, said, status) => {
    const { tunnel } = await open()
    const socket = await tunnel(ports.web)
    socket.write(said)
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
    expect(seen).toEqual([])
  })

  test('goes to the host of the tunnel, whatever it names, in pieces and one after the other', async () => {
    const { tunnel } = await open()
    const socket = await tunnel(ports.web)
    let answers = ''
    socket.on('data', (bytes: Buffer) => {
      answers += bytes.toString()
    })
    for (const piece of ['G', 'ET /one HT', 'TP/1.1\r\nHost: other.vhost\r\n', '\r\n']) {
      socket.write(piece)
      await new Promise((done) => setTimeout(done, 20))
    }
    socket.write('GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await closed(socket)
    expect(answers.match(/200 OK/g)).toHaveLength(2)
    expect(seen).toEqual([`GET /one far.test:${ports.web}`, `GET /two far.test:${ports.web}`])
  })
})

test('ssh, and what a server begins, go through tunnels as they are', async () => {
  const { at, proof } = await open()
  const waiting = await through(at, proof, `far.test:${ports.greeter}`)
  await waiting.says('SSH-2.0-there\r\n')
  waiting.socket.write('SSH-2.0-here\r\n')
  await waiting.says('SSH-2.0-here\r\n')
  const first = await through(at, proof, `far.test:${ports.silent}`)
  first.socket.write('SSH-2.0-here\r\n')
  await first.says('SSH-2.0-here\r\n')
  const binary = await through(at, proof, `far.test:${ports.silent}`)
  binary.socket.write(Buffer.from([0, 0, 0, 8]))
  await binary.says('\0\0\0\x08')
})

test('TLS goes to hosts that are allowed, also by the name inside', async () => {
  const { egress, tunnel } = await open()
  const good = connectTls({ socket: await tunnel(ports.silent), servername: 'far.test' })
  good.on('error', () => {})
  while (heard.length === 0) await new Promise((done) => setTimeout(done, 10))
  heard.length = 0
  const evil = connectTls({ socket: await tunnel(ports.silent), servername: 'evil.test' })
  evil.on('error', () => {})
  await closed(evil)
  expect(heard).toEqual([])
  expect(egress.takeRefused('ses_one')).toMatchObject([{ host: 'evil.test', code: 'egress.host' }])
})

describe('who shows no credential', () => {
  test.each([
    ['half a head', 'GET http://x/ HTTP/1.1\r\nA: '],
    ['one byte', 'G'],
    ['nothing', ''],
    ['half a greeting of SOCKS', '\x05\x01'],
  ])('is not waited for: %s', async (_, said) => {
    const { say } = await open({ limits: { helloMs: 100 } })
    await closed(say(said))
  })

  test('is not waited for while it goes on slowly', async () => {
    const { say } = await open({ limits: { helloMs: 300 } })
    const socket = say('GET http://x/ HTTP/1.1\r\nA: ').resume()
    const timer = setInterval(() => socket.write('a'), 20)
    await closed(socket)
    clearInterval(timer)
  })

  test.each([
    ['CONNECT', 'CONNECT a.b:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a request with half a body', 'POST http://x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n'],
    ['SOCKS', '\x05\x01\x00'],
  ])('is let go after its answer, though it keeps its own side open: %s', async (_, said) => {
    const { say } = await open()
    const socket = say(said, true)
    await new Promise((done) => socket.resume().once('end', done))
    // A connection that was closed over there answers what is written with a reset.
    const timer = setInterval(() => socket.write('x'), 20)
    await closed(socket)
    clearInterval(timer)
  })

  test('takes no place from who does', async () => {
    const { at, proof, say } = await open({ limits: { strangers: 4 } })
    const first = await through(at, proof, `far.test:${ports.silent}`)
    const crowd = Array.from({ length: 12 }, () => say('G'))
    await closed(crowd[0]!)
    await through(at, proof, `far.test:${ports.silent}`)
    first.socket.write(Buffer.from([1]))
    await first.says('\x01')
  })

  test('a box that asks again in halves is not waited for either', async () => {
    const { say, proof } = await open({ limits: { helloMs: 100 } })
    const socket = say(`GET http://far.test:${ports.web}/ HTTP/1.1\r\nHost: x\r\n${proof}\r\n`)
    await once(socket, 'data')
    socket.write('GET http://x/')
    await closed(socket)
  })
})

describe('a tunnel ends', () => {
  test('with the pass of its box', async () => {
    const { tunnel, pass } = await open()
    const socket = await tunnel(ports.silent)
    pass.release()
    await closed(socket)
  })

  test.each(['far.test', 'localhost'])('when its host %s is allowed no more, and no other does', async (host) => {
    const rules = [
      `${host}:${ports.silent}`,
      `far.test:${ports.greeter}`,
      ...Object.values(ports).map((port) => `127.0.0.1:${port}`),
    ]
    let allowed = rules
    const egress = createEgress({
      ...{ clock: systemClock, run: '/nonexistent', log: { debug: () => {} }, limits: { lookMs: 20 } },
      resolve: async () => ['127.0.0.1'],
      allowed: async () => ({ allowed: allowed.map(readHostRule) }),
    })
    onTestFinished(() => egress.close())
    const pass = await egress.admit({ session: 'ses_one', workspace: '/work' })
    const at = await egress.port()
    const proof = proofOf(await pass.environment({ port: at }))
    const going = await through(at, proof, `${host}:${ports.silent}`)
    const staying = await through(at, proof, `far.test:${ports.greeter}`)
    await staying.says('SSH-')
    allowed = rules.slice(1)
    await closed(going.socket)
    staying.socket.write('still here')
    await staying.says('still here')
  })
})
