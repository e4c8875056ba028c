import type { Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Host } from '../../policy/egress/index.ts'
import { readHost } from '../../policy/egress/index.ts'
import type { Guest, Guests } from './guests.ts'

const VERSION = 5
const PASSWORD = 2
const CONNECT = 1
const [NAME, V4, V6] = [3, 1, 4]
/** The longest greeting, credential or request. */
const MOST_BYTES = 600

/** What the other side is told. */
export const SocksReply = { done: 0, failed: 1, refused: 2, unreachable: 4 } as const

export interface SocksWish {
  guest: Guest
  host: Host
  port: number
}

/**
 * Reads a SOCKS5 wish (RFC 1928) of who proves itself by name and password (RFC 1929).
 * @returns undefined where it was answered and closed: no credential, another command, bad bytes
 */
export async function readSocks(socket: Socket, guests: Guests): Promise<SocksWish | undefined> {
  const reader = new Reader(socket)
  const end = (...bytes: number[]): undefined => {
    socket.end(Buffer.from(bytes))
    return undefined
  }
  try {
    const [version, count] = await reader.take(2)
    const methods = await reader.take(count!)
    if (version !== VERSION || !methods.includes(PASSWORD)) return end(VERSION, 0xff)
    socket.write(Buffer.from([VERSION, PASSWORD]))
    const [, idLength] = await reader.take(2)
    const id = (await reader.take(idLength!)).toString()
    const [passwordLength] = await reader.take(1)
    const guest = guests.by(id, (await reader.take(passwordLength!)).toString())
    if (!guest) return end(1, 1)
    socket.write(Buffer.from([1, 0]))
    const [, command, , kind] = await reader.take(4)
    const text = await readTarget(reader, kind!)
    const port = (await reader.take(2)).readUInt16BE()
    if (command !== CONNECT || text === undefined || port === 0) return end(...answer(7))
    return { guest, host: readHost(text), port }
  } catch {
    return end(...answer(SocksReply.refused))
  } finally {
    reader.release()
  }
}

export const socksAnswer = (code: number): Buffer => Buffer.from(answer(code))

const answer = (code: number): number[] => [VERSION, code, 0, V4, 0, 0, 0, 0, 0, 0]

async function readTarget(reader: Reader, kind: number): Promise<string | undefined> {
  if (kind === NAME) {
    const [length] = await reader.take(1)
    return (await reader.take(length!)).toString('latin1')
  }
  if (kind === V4 || kind === V6) {
    return ipaddr.fromByteArray([...(await reader.take(kind === V4 ? 4 : 16))]).toString()
  }
  return undefined
}

/** Takes bytes off a socket a few at a time, and gives back what is left. */
class Reader {
  readonly #socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #more: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', this.#hear)
    socket.once('close', this.#end)
    socket.once('end', this.#end)
    socket.resume()
  }

  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#socket.destroyed || this.#socket.readableEnded || this.#bytes.length > MOST_BYTES) throw new Error('cut off')
      await new Promise<void>((more) => {
        this.#more = more
      })
    }
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  release(): void {
    this.#socket.off('data', this.#hear).off('close', this.#end).off('end', this.#end)
    this.#socket.pause()
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes)
  }

  readonly #hear = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    this.#more?.()
  }

  readonly #end = (): void => this.#more?.()
}
