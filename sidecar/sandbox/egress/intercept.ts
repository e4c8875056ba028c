import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { EgressRefusal, inUrl, readUrl, type Target } from '../../policy/egress/index.ts'
import type { Certificates } from './certificates.ts'
import { type Forwarding, forward } from './forward.ts'
import type { Guest } from './guests.ts'

export interface InterceptorParts extends Forwarding {
  certificates: Certificates
  /** Answers what `forward` threw. */
  onFailure(guest: Guest, response: ServerResponse, error: unknown): void
}

interface Taken {
  guest: Guest
  target: Target
  scheme: 'http' | 'https'
}

/**
 * Speaks HTTP with a box in the name of a host. With TLS where a secret may go to that host, or it is allowed for some methods only:
 * the value is put in here and never in the box, and the method is seen. The certificate is of an authority that only our boxes know.
 */
export class Interceptor {
  readonly #parts: InterceptorParts
  readonly #server: Server
  readonly #taken = new WeakMap<object, Taken>()

  constructor(parts: InterceptorParts) {
    this.#parts = parts
    this.#server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => void this.#request(request, response))
    this.#server.requestTimeout = 0
    this.#server.timeout = parts.limits.idleMs
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Settles when the connection has closed. */
  async take(guest: Guest, target: Target, socket: Socket): Promise<void> {
    const context = await this.#parts.certificates.contextFor(target.host)
    const secure = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] })
    secure.on('error', () => secure.destroy())
    await this.#serve(secure, { guest, target, scheme: 'https' }, socket)
  }

  /** The same for what comes unencrypted, so that it is judged like any other request. */
  takePlain(guest: Guest, target: Target, socket: Socket): Promise<void> {
    return this.#serve(socket, { guest, target, scheme: 'http' }, socket)
  }

  async #serve(line: Socket, taken: Taken, below: Socket): Promise<void> {
    this.#taken.set(line, taken)
    const closed = new Promise<void>((done) => {
      if (below.destroyed) done()
      else below.once('close', () => done())
    })
    this.#server.emit('connection', line)
    line.resume()
    await closed
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const taken = this.#taken.get(request.socket)
    if (!taken) return void request.socket.destroy()
    try {
      await forward(request, response, { ...taken, path: pathAt(request.url ?? '/', taken) }, this.#parts)
    } catch (error) {
      this.#parts.onFailure(taken.guest, response, error)
    }
  }
}

/**
 * What is asked for there. A whole address must lead there, too: servers heed it more than the header `Host`.
 * @throws EgressRefusal `egress.url`
 */
function pathAt(asked: string, { target: { host, port }, scheme }: Taken): string {
  if (asked.startsWith('/')) return asked
  const at = { host: host.name, port }
  if (!URL.canParse(asked)) throw new EgressRefusal('url', 'What is asked for is no path and no address.', at)
  const named = readUrl(asked)
  if (named.scheme === scheme && named.host.name === host.name && named.port === port)
    return named.url.pathname + named.url.search
  throw new EgressRefusal('url', `A request on the way to ${inUrl(host)}:${port} names ${inUrl(named.host)}:${named.port}.`, at)
}
