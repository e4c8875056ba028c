import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcp, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Egress } from '../../sidecar/sandbox/egress/index.ts'
import type { Pass } from '../../sidecar/sandbox/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'

let web: Server
let port = 0
/** Requests that reached the server. */
const seen: IncomingMessage[] = []

beforeAll(async () => {
  web = createHttp((incoming, response) => {
    seen.push(incoming)
    if (incoming.url === '/away') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    if (incoming.url === '/endless') {
      const timer = setInterval(() => response.write('x'.repeat(64 * 1024)), 1)
      response.once('close', () => clearInterval(timer))
      return
    }
    if (incoming.url === '/silent') return
    void text(incoming).then((body) => response.end(`hello ${incoming.method} ${body}`))
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  port = (web.address() as AddressInfo).port
})
afterAll(() => {
  web.closeAllConnections()
  web.close()
})

interface Setting {
  allowed?: string[]
  more?: Parameters<typeof fixedEgress>[1]
}

/** A proxy, and the credential of one box. */
async function open({ allowed = [`localhost:${port}`], more = {} }: Setting = {}): Promise<{
  egress: Egress
  at: number
  credential: string
  pass: Pass
}> {
  const egress = fixedEgress(allowed, more)
  onTestFinished(() => egress.close())
  const pass = await egress.admit({ session: 'ses_one', workspace: '/work' })
  const at = await egress.port()
  return { egress, at, credential: credentialOf(await pass.environment({ port: at })), pass }
}

const credentialOf = ({ HTTP_PROXY = '' }: Record<string, string>): string => {
  const { username, password } = new URL(HTTP_PROXY)
  return `${username}:${password}`
}

interface Answer {
  status: number
  body: string
  code: string | undefined
}

/** A plain request through the proxy, as its line says. */
function ask(at: number, credential: string, url: string, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'proxy-authorization': `Basic ${Buffer.from(credential).toString('base64')}` }
    const outgoing = request({ host: '127.0.0.1', port: at, method, path: url, headers, agent: false }, (response) => {
      text(response).then(
        (all) => resolve({ status: response.statusCode!, body: all, code: response.headers['x-oxbow-error'] as string }),
        reject,
      )
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** What CONNECT is answered with, and the open connection. */
async function tunnelTo(at: number, credential: string, authority: string): Promise<{ head: string; socket: Socket }> {
  const socket = connect(at, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const proof = `Proxy-Authorization: Basic ${Buffer.from(credential).toString('base64')}\r\n`
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n${proof}\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  return { head: head.toString(), socket }
}

async function socks(at: number, credential: string, host: string, to: number): Promise<{ code: number; socket: Socket }> {
  const socket = connect(at, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const [id = '', password = ''] = credential.split(':')
  const say = async (bytes: Buffer): Promise<Buffer> => {
    socket.write(bytes)
    return ((await once(socket, 'data')) as [Buffer])[0]
  }
  const short = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)])
  expect([...(await say(Buffer.from([5, 1, 2])))]).toEqual([5, 2])
  const proved = await say(Buffer.concat([Buffer.from([1]), short(id), short(password)]))
  if (proved[1] !== 0) return { code: -1, socket }
  const answer = await say(Buffer.concat([Buffer.from([5, 1, 0, 3]), short(host), Buffer.from([to >> 8, to & 0xff])]))
  return { code: answer[1]!, socket }
}

describe('a host that is named for some methods only', () => {
  const setting = (): Setting => ({ allowed: [`GET,HEAD localhost:${port}`] })

  test('is reached by these, and by no other', async () => {
    const { at, credential } = await open(setting())
    const url = `http://localhost:${port}/limited`
    expect(await ask(at, credential, url)).toMatchObject({ status: 200, body: 'hello GET ' })
    const before = seen.length
    expect(await ask(at, credential, url, 'POST', 'the body')).toMatchObject({ status: 403, code: 'egress.method' })
    expect(await ask(at, credential, url, 'DELETE')).toMatchObject({ status: 403, code: 'egress.method' })
    expect(seen.length).toBe(before)
  })

  test('is reached through no closed tunnel', async () => {
    const { at, credential } = await open(setting())
    const before = seen.length
    const { head } = await tunnelTo(at, credential, `localhost:${port}`)
    expect(head).toMatch(/^HTTP\/1.1 403/)
    expect(head).toContain('X-Oxbow-Error: egress.method')
    expect((await socks(at, credential, 'localhost', port)).code).toBe(2)
    expect(seen.length).toBe(before)
  })

  test('is limited so by the workspace as well', async () => {
    const { at, credential } = await open({ more: { within: [`GET localhost:${port}`] } })
    expect(await ask(at, credential, `http://localhost:${port}/`)).toMatchObject({ status: 200 })
    expect(await ask(at, credential, `http://localhost:${port}/`, 'POST')).toMatchObject({ code: 'egress.method' })
    expect((await tunnelTo(at, credential, `localhost:${port}`)).head).toMatch(/^HTTP\/1.1 403/)
  })
})

describe('a host that is named', () => {
  test('is reached by a plain request, with its body', async () => {
    const { at, credential } = await open()
    expect(await ask(at, credential, `http://localhost:${port}/path`, 'POST', 'the body')).toMatchObject({
      status: 200,
      body: 'hello POST the body',
    })
    expect(seen.at(-1)!.headers['proxy-authorization']).toBeUndefined()
    expect(seen.at(-1)!.headers.host).toBe(`localhost:${port}`)
  })

  test('is reached through CONNECT and SOCKS5', async () => {
    const { at, credential } = await open()
    const { head, socket } = await tunnelTo(at, credential, `localhost:${port}`)
    expect(head).toMatch(/^HTTP\/1.1 200/)
    socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await text(socket)).toContain('hello GET')
    const second = await socks(at, credential, 'localhost', port)
    expect(second.code).toBe(0)
    second.socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await text(second.socket)).toContain('hello GET')
  })

  test('is reached by its name where its address was named as well, and looked up once', async () => {
    const asked: string[] = []
    const resolve = async (name: string): Promise<string[]> => {
      asked.push(name)
      return asked.length === 1 ? ['127.0.0.1'] : ['169.254.169.254']
    }
    const { at, credential } = await open({ allowed: [`api.test:${port}`, `127.0.0.1:${port}`], more: { resolve } })
    expect((await ask(at, credential, `http://api.test:${port}/`)).status).toBe(200)
    expect(asked).toEqual(['api.test'])
    // Bent elsewhere before the next request: that one is refused.
    expect(await ask(at, credential, `http://api.test:${port}/`)).toMatchObject({ status: 403, code: 'egress.address' })
  })

  test('counts as allowed from the moment a person says so', async () => {
    const { at, credential } = await open({ allowed: [] })
    expect((await ask(at, credential, `http://localhost:${port}/`)).status).toBe(403)
  })

  test('may redirect, but who follows is judged anew', async () => {
    const { at, credential } = await open()
    expect((await ask(at, credential, `http://localhost:${port}/away`)).status).toBe(302)
    expect(await ask(at, credential, 'http://169.254.169.254/')).toMatchObject({ status: 403, code: 'egress.address' })
  })
})

describe('is refused', () => {
  const inside = async (): Promise<string[]> => ['10.0.0.1', '93.184.215.14']
  const refused: [what: string, url: string, code: string][] = [
    ['a host that nobody allowed', 'http://example.com/', 'egress.host'],
    ['the metadata address', 'http://169.254.169.254/latest/', 'egress.address'],
    ['another port of this computer', 'http://localhost:1/', 'egress.host'],
    ['this computer by its address', 'http://127.0.0.1:PORT/', 'egress.host'],
    ['this computer in disguise', 'http://0x7f.1:PORT/', 'egress.name|egress.url'],
    ['this computer as IPv6', 'http://[::ffff:127.0.0.1]:PORT/', 'egress.address'],
    ['a name that leads inside', 'http://bent.test/', 'egress.address'],
    ['a password before the host', 'http://a:b@localhost:PORT/', 'egress.url'],
    ['a request that is not plain', 'https://bent.test/', 'egress.scheme'],
    ['another scheme', 'ftp://bent.test/', 'egress.scheme'],
    ['a path alone', '/etc/passwd', 'egress.url'],
  ]
  test.each(refused)('%s', async (_, url, codes) => {
    const { at, credential } = await open({
      allowed: [`localhost:${port}`, 'bent.test'],
      more: { resolve: inside },
    })
    const before = seen.length
    const { status, code } = await ask(at, credential, url.replace('PORT', String(port)))
    expect([status, codes.split('|')]).toEqual([403, expect.arrayContaining([code])])
    expect(seen.length).toBe(before)
  })

  test.each([
    ['10.0.0.1:443', 'egress.host'],
    ['169.254.169.254:80', 'egress.address'],
    ['[::1]:22', 'egress.host'],
    ['[fd00:ec2::254]:80', 'egress.address'],
    ['bent.test:443', 'egress.address'],
    ['bent.test:22', 'egress.port'],
    ['bent.test', 'egress.name'],
    ['localhost:99999', 'egress.name'],
    ['127.1:443', 'egress.name'],
  ])('CONNECT %s', async (authority, code) => {
    const { at, credential } = await open({ allowed: ['bent.test', `localhost:${port}`], more: { resolve: inside } })
    const { head } = await tunnelTo(at, credential, authority)
    expect(head).toMatch(/^HTTP\/1.1 403/)
    expect(head).toContain(`X-Oxbow-Error: ${code}`)
  })

  test('SOCKS5 to a host that nobody allowed, and to a private address', async () => {
    const { at, credential } = await open({ allowed: ['bent.test'], more: { resolve: inside } })
    expect((await socks(at, credential, 'example.com', 443)).code).toBe(2)
    expect((await socks(at, credential, '10.0.0.1', 443)).code).toBe(2)
    expect((await socks(at, credential, 'bent.test', 443)).code).toBe(2)
  })

  test('TRACE', async () => {
    const { at, credential } = await open()
    expect(await ask(at, credential, `http://localhost:${port}/`, 'TRACE')).toMatchObject({ status: 403, code: 'egress.method' })
  })

  test('everybody without the credential of a box that is open', async () => {
    const { at, credential, egress, pass } = await open()
    const other = await egress.admit({ session: 'ses_two', workspace: '/work' })
    const [id = '', password = ''] = credential.split(':')
    const strange = credentialOf(await other.environment({ port: at })).split(':')
    for (const wrong of ['', ':', `${id}:`, `${id}:${strange[1]}`, `${strange[0]}:${password}`, `${id}:${password}x`, 'a:b']) {
      expect((await ask(at, wrong, `http://localhost:${port}/`)).status).toBe(407)
      expect((await tunnelTo(at, wrong, `localhost:${port}`)).head).toMatch(/^HTTP\/1.1 407/)
    }
    expect((await socks(at, `${id}:wrong`, 'localhost', port)).code).toBe(-1)
    pass.release()
    expect((await ask(at, credential, `http://localhost:${port}/`)).status).toBe(407)
  })
})

test('what was refused can be asked about, once', async () => {
  const { at, credential, egress } = await open()
  await ask(at, credential, 'http://api.example.com/')
  await ask(at, credential, 'http://api.example.com/again')
  await tunnelTo(at, credential, 'other.example.com:8443')
  expect(egress.takeRefused('ses_one')).toMatchObject([
    { host: 'api.example.com', port: 80, askable: true, code: 'egress.host', workspace: '/work' },
    { host: 'other.example.com', port: 8443, askable: true },
  ])
  expect(egress.takeRefused('ses_one')).toEqual([])
  expect(egress.takeRefused('ses_two')).toEqual([])
})

describe('bounds', () => {
  test('an endless answer is cut off', async () => {
    const { at, credential } = await open({ more: { limits: { bytes: 1_000_000 } } })
    await expect(ask(at, credential, `http://localhost:${port}/endless`)).rejects.toThrow()
  })

  test('a tunnel that brings too much is cut off', async () => {
    const { at, credential } = await open({ more: { limits: { bytes: 1_000_000 } } })
    const { socket } = await tunnelTo(at, credential, `localhost:${port}`)
    let size = 0
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    socket.write('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'close')
    expect(size).toBeLessThan(3_000_000)
  })

  test('a server that does not answer is given up', async () => {
    const { at, credential } = await open({ more: { limits: { headMs: 100 } } })
    expect(await ask(at, credential, `http://localhost:${port}/silent`)).toMatchObject({ status: 502, code: 'egress.connect' })
  })

  test('a tunnel in which nothing moves is closed', async () => {
    const { at, credential } = await open({ more: { limits: { idleMs: 100 } } })
    const { socket } = await tunnelTo(at, credential, `localhost:${port}`)
    await once(socket.resume(), 'close')
  })

  test('so many connections of one box at once', async () => {
    const { at, credential } = await open({ more: { limits: { connections: 2 } } })
    await tunnelTo(at, credential, `localhost:${port}`)
    await tunnelTo(at, credential, `localhost:${port}`)
    expect((await ask(at, credential, `http://localhost:${port}/`)).status).toBe(429)
  })

  test('a resolver that never answers is not waited for', async () => {
    const { at, credential } = await open({ allowed: ['slow.test'], more: { resolve: () => new Promise(() => {}) } })
    expect(await ask(at, credential, 'http://slow.test/')).toMatchObject({ status: 502, code: 'egress.lookup' })
  }, 20_000)

  test('noise instead of a request does no harm', async () => {
    const { at, credential } = await open()
    for (const noise of [
      '\x05',
      '\x05\x01\x00',
      '\x05\x01\x02\x01\xff',
      'GET',
      '\0\0\0',
      '\x16\x03\x01',
      'CONNECT \r\n\r\n',
      'a'.repeat(100_000),
    ]) {
      const socket = connect(at, '127.0.0.1')
      socket.on('error', () => {})
      socket.end(Buffer.from(noise, 'latin1'))
      await new Promise((done) => socket.resume().once('close', done))
    }
    expect((await ask(at, credential, `http://localhost:${port}/`)).status).toBe(200)
  })
})

test('what comes after a refused CONNECT is not carried on', async () => {
  const got: Buffer[] = []
  const trap = createTcp((socket) => socket.on('data', (chunk) => got.push(chunk))).listen(0, '127.0.0.1')
  onTestFinished(() => void trap.close())
  await once(trap, 'listening')
  const { at, credential } = await open()
  const { socket } = await tunnelTo(at, credential, `127.0.0.1:${(trap.address() as AddressInfo).port}`)
  socket.end('smuggled')
  await once(socket.resume(), 'close')
  expect(got).toEqual([])
})
