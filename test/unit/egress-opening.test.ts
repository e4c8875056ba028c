import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { readOpening } from '../../sidecar/sandbox/egress/opening.ts'

/** The greeting that Node's own TLS sends. */
async function greeting(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

/** The same in records of so many bytes. */
function parted(hello: Buffer, size: number): Buffer {
  const records: Buffer[] = []
  for (let at = 5; at < hello.length; at += size) {
    const piece = hello.subarray(at, at + size)
    records.push(Buffer.from([0x16, 3, 1, piece.length >> 8, piece.length & 0xff]), piece)
  }
  return Buffer.concat(records)
}

describe('what a connection begins with', () => {
  it('tells the host that TLS asks for, when all of the greeting is there', async () => {
    const hello = await greeting('good.test')
    expect(readOpening(hello)).toEqual({ kind: 'tls', name: 'good.test' })
    for (let length = 1; length < hello.length; length++) expect(readOpening(hello.subarray(0, length))).toBeUndefined()
    expect(readOpening(parted(hello, 40))).toEqual({ kind: 'tls', name: 'good.test' })
    expect(readOpening(parted(hello, 40).subarray(0, 400))).toBeUndefined()
    expect(readOpening(await greeting(''))).toEqual({ kind: 'tls', name: undefined })
  })

  it.each([
    ['GET / HTTP/1.1\r\n', 'http'],
    ['GET /old', 'http'],
    ['\r\n\r\nPOST / ', 'http'],
    ['FETCH /x HTTP/1.1\r\n', 'http'],
    ['PRI * HTTP/2.0\r\n', 'http'],
    ['SSH-2.0-OpenSSH_9.6\r\n', 'ssh'],
    ['EHLO me\r\n', 'other'],
    ['\0\0\0\x08\x04\xd2\x16\x2f', 'other'],
    ['\x16\x03\x01\x00\x04\x02\x00\x00\x00', 'other'],
    ['\x16\x03\x01\x00\x08\x01\x00\x00\x04aaaa', 'other'],
    ['x'.repeat(30), 'other'],
    ['a '.repeat(40_000), 'other'],
  ])('is told by its first bytes: %j', (said, kind) => {
    expect(readOpening(Buffer.from(said, 'latin1'))?.kind).toBe(kind)
  })

  it.each(['G', 'GET', '\r\n', 'SSH', 'EHLO m'])('needs more than %j', (said) => {
    expect(readOpening(Buffer.from(said))).toBeUndefined()
  })
})
