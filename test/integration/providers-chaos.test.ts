import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  allClosed,
  ask,
  chunk,
  codeOf,
  END,
  END_EVENT,
  HEAD,
  refuse,
  serve,
  textOf,
  type WireType,
} from '../fixtures/raw-server.ts'
import { recordings } from '../fixtures/wires.ts'

const wires: readonly WireType[] = ['openai', 'openai-responses', 'anthropic', 'gemini']

const unheard: unknown[] = []
const note = (reason: unknown) => unheard.push(reason)
beforeAll(() => {
  process.on('unhandledRejection', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unheard).toEqual([])
})

/** A streamed answer of one piece and whatever follows it; then the connection is closed. */
function finish(socket: Socket, piece: string | Buffer, rest = ''): void {
  socket.end(Buffer.concat([Buffer.from(HEAD), chunk(piece), Buffer.from(rest)]))
}

/** Writes the same piece again and again until the other side has gone. */
async function drip(socket: Socket, first: string, piece: string | Buffer, everyMs: number): Promise<void> {
  socket.write(first)
  while (!socket.destroyed && socket.writable) {
    if (!socket.write(piece)) await new Promise((done) => socket.once('drain', done).once('close', done))
    await sleep(everyMs)
  }
}

type Answer = (socket: Socket) => void | Promise<void>
const CUT = 'ff\r\ndata: {'

describe.each(wires)('%s', (type) => {
  const whole = recordings[type]({ says: 'word' })
  /** The start of the answer, up to where its words have come and its end has not. */
  const events = whole.split('\n\n')
  const words = `${events.slice(0, events.findIndex((event) => event.includes('word')) + 1).join('\n\n')}\n\n`

  it.each<[string, string, Answer]>([
    ['cut in mid-chunk', 'word', (socket) => finish(socket, words, CUT)],
    [
      'reset in mid-chunk',
      'word',
      async (socket) => {
        socket.write(Buffer.concat([Buffer.from(HEAD), chunk(words), Buffer.from(CUT)]))
        await sleep(50)
        socket.resetAndDestroy()
      },
    ],
    ['ended within an event', 'word', (socket) => finish(socket, `${words}data: {"a`, END)],
    ['closed without an end', 'word', (socket) => finish(socket, words)],
    ['noise', '', (socket) => finish(socket, randomBytes(20_000), END)],
    ['noise after words', 'word', (socket) => finish(socket, `${words}data: \u0000]\n\n`)],
    ['null after words', 'word', (socket) => finish(socket, `${words}data: null\n\n`, END)],
    ['no event stream', '', (socket) => refuse(socket, '200 OK', { error: { message: 'no' } })],
  ])('an answer that is %s', async (_, said, answer) => {
    const server = await serve(answer)
    const told = await ask(server.url, { type })
    expect([textOf(told), codeOf(told)]).toEqual([said, 'provider.brokenStream'])
    expect(told.at(-1)).toMatchObject({ retryable: true })
    await allClosed(server)
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('an answer that a server packs unasked, as %s', async (coding, pack) => {
    const packed = HEAD.replace('\r\n\r\n', `\r\nContent-Encoding: ${coding}\r\n\r\n`)
    const answers = [pack(whole), pack(whole).subarray(0, pack(whole).length >> 1), randomBytes(2000)]
    const server = await serve(
      (socket) => void socket.end(Buffer.concat([Buffer.from(packed), chunk(answers.shift()!), Buffer.from(END)])),
    )
    const told = await ask(server.url, { type })
    expect([textOf(told), told.at(-1)]).toEqual(['word', END_EVENT])
    for (const _ of [...answers]) expect(codeOf(await ask(server.url, { type }))).toBe('provider.brokenStream')
    await allClosed(server)
  })

  it('an answer that is whole, though its connection is only half closed', async () => {
    const server = await serve((socket) => finish(socket, whole))
    const told = await ask(server.url, { type })
    expect([textOf(told), told.at(-1)]).toEqual(['word', END_EVENT])
    await allClosed(server)
  })

  it.each<[string, Answer]>([
    ['is no HTTP', (socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    ['closes in the middle of its head', (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-')],
    ['closes without a word', (socket) => void socket.destroy()],
  ])('a server that %s', async (_, answer) => {
    const server = await serve(answer)
    expect(codeOf(await ask(server.url, { type }))).toBe('provider.connection')
    await allClosed(server)
  })

  it.each<[string, Answer]>([
    ['its head', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-Long: ', 'x', 10)],
    ['comments', (socket) => drip(socket, HEAD, chunk(': still here\n\n'), 10)],
    ['an error', (socket) => drip(socket, 'HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n', ' ', 10)],
  ])('a server that drips %s for ever', async (_, answer) => {
    const server = await serve(answer)
    const told = await ask(server.url, { type, timeouts: { connectMs: 200 }, resilience: { totalMs: 400 } })
    expect(codeOf(told)).toBe('provider.timeout')
    await allClosed(server)
  })

  const error = { error: { message: 'x' } }
  it.each<[string, string | object, string, object]>([
    ['500 Internal Server Error', error, '', { failure: { code: 'provider.server' }, retryable: true }],
    ['502 Bad Gateway', '<html>nginx</html>', '', { failure: { code: 'provider.server' }, retryable: true }],
    ['503 Service Unavailable', '', 'Retry-After: 7\r\n', { failure: { code: 'provider.overloaded' }, retryAfterMs: 7_000 }],
    ['504 Gateway Timeout', 'upstream', '', { failure: { code: 'provider.server' }, retryable: true }],
    ['408 Request Timeout', '', '', { failure: { code: 'provider.timeout' }, retryable: true }],
    ['409 Conflict', error, '', { failure: { code: 'provider.server' }, retryable: true }],
    ['429 Too Many Requests', error, '', { failure: { code: 'provider.rateLimited' }, retryable: true }],
    ['429 Too Many Requests', 'slow down', 'retry-after-ms: 1500\r\n', { retryable: true, retryAfterMs: 1_500 }],
    ['401 Unauthorized', error, '', { failure: { code: 'provider.keyWrong' }, retryable: false }],
    ['400 Bad Request', '[', '', { failure: { code: 'provider.badRequest' }, retryable: false }],
  ])('%s %o', async (status, body, headers, expected) => {
    const server = await serve((socket) => refuse(socket, status, body, headers))
    const told = await ask(server.url, { type })
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject(expected)
    if (headers === '') expect(told[0]).not.toHaveProperty('retryAfterMs')
    await allClosed(server)
  })
})

// A body is read by the same code for every wire.
it.each([
  ['an event', chunk('data: x\n'.repeat(8_000))],
  ['a line', chunk('x'.repeat(64_000))],
])('%s without an end', async (_, piece) => {
  const server = await serve((socket) => drip(socket, HEAD, piece, 0))
  expect(codeOf(await ask(server.url))).toBe('provider.brokenStream')
  await allClosed(server)
})
