import { connect, type Socket } from 'node:net'
import { encodeCredit, encodeFrame, KIND } from './frames.ts'

/** What a guest may send on one connection before it is taken. */
const WINDOW = 64 * 1024
/** What may wait for a program in the guest, of one connection. */
const INPUT_WINDOW = 48 * 1024
const INPUT_PIECE = 16 * 1024
/** More than the guest opens at once: it may be done with one a moment before we are. */
const MOST = 64
/** The numbers of connections, which the guest gives; those of processes are below. */
const THEIRS = 0x80000000

interface Connection {
  id: number
  proxy: Socket
  /** Bytes of the guest's that the proxy has not taken yet. */
  untaken: number
  /** What the proxy sent and the guest has no room for. */
  waiting: Buffer
  /** Bytes that the guest has not taken yet. */
  sent: number
  /** Both sides have said all they had to say. */
  ended: { guest: boolean; proxy: boolean }
}

/**
 * The connections that programs in a guest make to the one port of their loopback. Each leads to the egress proxy's socket and
 * nowhere else: the machine has no network device. The guest is not trusted: whoever breaks the bounds loses the machine.
 */
export class GuestNetwork {
  readonly #socket: string
  readonly #send: (frame: Buffer) => void
  readonly #connections = new Map<number, Connection>()

  constructor({ socket, send }: { socket: string; send(frame: Buffer): void }) {
    this.#socket = socket
    this.#send = send
  }

  /** Whether a frame is about a connection. */
  static owns(id: number): boolean {
    return id >= THEIRS
  }

  /** @throws when the guest does what it may not */
  take(kind: number, id: number, data: Buffer): void {
    if (kind === KIND.opened) {
      this.#open(id)
      return
    }
    const known = this.#connections.get(id)
    // The last words of one that is done with here.
    if (known === undefined) return
    if (kind === KIND.output) this.#fromGuest(known, Buffer.from(data))
    else if (kind === KIND.outputEnd) {
      known.ended.guest = true
      known.proxy.end()
    } else if (kind === KIND.taken) {
      known.sent = Math.max(0, known.sent - data.readUInt32BE(0))
      if (known.waiting.length > 0) this.#pump(known)
    } else throw new Error(`the guest sent a frame of kind ${kind} on a connection`)
  }

  close(): void {
    for (const { proxy } of this.#connections.values()) proxy.destroy()
    this.#connections.clear()
  }

  #open(id: number): void {
    if (this.#connections.has(id) || this.#connections.size >= MOST)
      throw new Error('the guest opened more connections than it may')
    const proxy = connect({ path: this.#socket, allowHalfOpen: true })
    const one: Connection = { id, proxy, untaken: 0, waiting: Buffer.alloc(0), sent: 0, ended: { guest: false, proxy: false } }
    this.#connections.set(id, one)
    proxy.on('data', (data: Buffer) => {
      one.waiting = Buffer.concat([one.waiting, data])
      this.#pump(one)
    })
    proxy.on('end', () => {
      one.ended.proxy = true
      this.#pump(one)
    })
    proxy.on('error', () => {})
    proxy.on('close', () => {
      if (!this.#connections.delete(id)) return
      if (!one.ended.guest || !one.ended.proxy) this.#send(encodeFrame(KIND.kill, id))
    })
    this.#send(encodeCredit(id, WINDOW))
  }

  #fromGuest(one: Connection, data: Buffer): void {
    one.untaken += data.length
    if (one.untaken > WINDOW) throw new Error('the guest sent more than it may')
    one.proxy.write(data, () => {
      one.untaken -= data.length
      if (this.#connections.has(one.id)) this.#send(encodeCredit(one.id, data.length))
    })
  }

  /** What does not fit into the guest's window waits here, one read of it, and the rest in the proxy's socket. */
  #pump(one: Connection): void {
    while (one.waiting.length > 0 && one.sent < INPUT_WINDOW) {
      const piece = one.waiting.subarray(0, Math.min(INPUT_PIECE, INPUT_WINDOW - one.sent))
      one.waiting = one.waiting.subarray(piece.length)
      one.sent += piece.length
      this.#send(encodeFrame(KIND.write, one.id, piece))
    }
    if (one.waiting.length > 0) one.proxy.pause()
    else if (one.ended.proxy) this.#send(encodeFrame(KIND.closeInput, one.id))
    else one.proxy.resume()
  }
}
