import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Target } from '../../policy/egress/index.ts'
import type { Certificates } from './certificates.ts'
import { type Forwarding, forward } from './forward.ts'
import type { Guest } from './guests.ts'

export interface InterceptorParts extends Forwarding {
  certificates: Certificates
  /** Answers what `forward` threw. */
  onFailure(guest: Guest, response: ServerResponse, error: unknown): void
}

/**
 * Speaks TLS with a box in the name of a host that a secret may go to, or that is allowed for some methods only: the value is
 * put in here and never in the box, and the method is seen. The certificate is of an authority that only our boxes know.
 */
export class Interceptor {
  readonly #parts: InterceptorParts
  readonly #server: Server
  readonly #taken = new WeakMap<object, { guest: Guest; target: Target }>()

  constructor(parts: InterceptorParts) {
    this.#parts = parts
    this.#server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => void this.#request(request, response))
    this.#server.requestTimeout = 0
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Settles when the connection has closed. */
  async take(guest: Guest, target: Target, socket: Socket): Promise<void> {
    const context = await this.#parts.certificates.contextFor(target.host)
    const secure = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] })
    this.#taken.set(secure, { guest, target })
    secure.on('error', () => secure.destroy())
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    this.#server.emit('connection', secure)
    await closed
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const taken = this.#taken.get(request.socket)
    if (!taken) return void request.socket.destroy()
    try {
      await forward(request, response, { ...taken, scheme: 'https', path: request.url ?? '/' }, this.#parts)
    } catch (error) {
      this.#parts.onFailure(taken.guest, response, error)
    }
  }
}
