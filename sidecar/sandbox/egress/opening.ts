import type { Socket } from 'node:net'

/** What a connection turns out to carry by its first bytes. */
export interface Opening {
  kind: 'tls' | 'http' | 'ssh' | 'other'
  /** The host that TLS asks for, where it names one. */
  name?: string | undefined
}

/** A greeting of TLS, or the first line of a request, that is longer than that is none. */
const MOST_BYTES = 64 * 1024
const HANDSHAKE = 0x16
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|PRI) /
const OTHER: Opening = { kind: 'other' }

/**
 * Waits for the first bytes of either side; all stay in the sockets. The far side begins where the protocol is one of those in
 * which servers do.
 */
export function hearOpening(near: Socket, far: Socket): Promise<Opening> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0)
    const settle = (opening: Opening): void => {
      near.off('data', hear).off('end', over).off('close', over).pause()
      far.off('data', answered).off('end', over).off('close', over).pause()
      if (held.length > 0) near.unshift(held)
      resolve(opening)
    }
    const hear = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk])
      const opening = readOpening(held)
      if (opening) settle(opening)
    }
    const answered = (chunk: Buffer): void => {
      settle(isSsh(chunk) ? { kind: 'ssh' } : OTHER)
      far.unshift(chunk)
    }
    const over = (): void => settle(OTHER)
    near.on('data', hear).once('end', over).once('close', over)
    far.on('data', answered).once('end', over).once('close', over)
  })
}

/** @returns undefined where more bytes must tell */
export function readOpening(bytes: Buffer): Opening | undefined {
  if (bytes[0] === HANDSHAKE) return readHello(bytes)
  // Servers skip line breaks before a request.
  const text = bytes.toString('latin1').replace(/^[\r\n]+/, '')
  if (METHOD.test(text)) return { kind: 'http' }
  if (isSsh(bytes)) return { kind: 'ssh' }
  const line = /^[^\r\n]*(?=[\r\n])/.exec(text)?.[0]
  if (line !== undefined) return / HTTP\/\d/.test(line) ? { kind: 'http' } : OTHER
  return /^[A-Za-z-]{0,20}(?:$| )/.test(text) && bytes.length < MOST_BYTES ? undefined : OTHER
}

const isSsh = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 4) === 'SSH-'

/** Reads the greeting of TLS (RFC 8446, 4.1.2), which may come in several records. */
function readHello(bytes: Buffer): Opening | undefined {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    if (bytes[at] !== HANDSHAKE) return OTHER
    if (at + 5 > bytes.length) break
    pieces.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3)))
  }
  const hello = Buffer.concat(pieces)
  if (hello.length > 0 && hello[0] !== CLIENT_HELLO) return OTHER
  if (hello.length < 4 || hello.length < 4 + hello.readUIntBE(1, 3)) return bytes.length < MOST_BYTES ? undefined : OTHER
  try {
    return { kind: 'tls', name: serverName(hello) }
  } catch {
    return OTHER
  }
}

/** @throws RangeError where it ends too early */
function serverName(hello: Buffer): string | undefined {
  const past = (at: number, lengthBytes: 1 | 2): number => at + lengthBytes + hello.readUIntBE(at, lengthBytes)
  // Type and length, version, random; then what was left of another connection, ciphers, compressions.
  let at = past(past(past(4 + 2 + 32, 1), 2), 1) + 2
  while (at < hello.length) {
    if (hello.readUInt16BE(at) === SERVER_NAME) {
      // A list of one: its length, the kind of name, the name's length.
      return hello.toString('latin1', at + 9, at + 9 + hello.readUInt16BE(at + 7))
    }
    at = past(at + 2, 2)
  }
  return undefined
}
