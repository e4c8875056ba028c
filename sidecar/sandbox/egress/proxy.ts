import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../../foundation/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import { EgressRefusal, inUrl, methodsFor, readAuthority, readUrl, type Target } from '../../policy/egress/index.ts'
import { type Forwarding, forward } from './forward.ts'
import type { Guest, Guests } from './guests.ts'
import type { Interceptor } from './intercept.ts'
import { readSocks, SocksReply, socksAnswer } from './socks.ts'
import { tunnel } from './tunnel.ts'
import { connectTo, findWay } from './way.ts'

/** Until a new connection says what it wants, in milliseconds. */
const HELLO_MS = 30_000
const SOCKS = 0x05

export interface ProxyParts extends Forwarding {
  guests: Guests
  interceptor: Interceptor
  /** Told of each refusal of the judge. */
  onRefused(guest: Guest, error: unknown): void
  log: Pick<Log, 'debug'>
}

/**
 * The one way out of every box: HTTP, CONNECT and SOCKS5 on one address. Who has no credential gets nothing; each host,
 * port, method and address is judged by what its box may reach.
 */
export class EgressProxy {
  readonly #parts: ProxyParts
  readonly #http: HttpServer
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()

  constructor(parts: ProxyParts) {
    this.#parts = parts
    this.#http = createHttpServer({ maxHeaderSize: 64 * 1024 }, (request, response) => void this.#request(request, response))
    this.#http.headersTimeout = HELLO_MS
    this.#http.requestTimeout = 0
    this.#http.on(
      'connect',
      (request: IncomingMessage, socket: Socket, head: Buffer) => void this.#connect(request, socket, head),
    )
    this.#http.on('clientError', (_error, socket: Duplex) => socket.destroy())
  }

  /** Opens one more address. @returns the port; 0 for a socket in the file system */
  async listen(where: { path: string } | { host: string; port: number } = { host: '127.0.0.1', port: 0 }): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, resolve)
    })
    this.#servers.push(server)
    const address = server.address() as AddressInfo | string | null
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((done) => server.close(done))))
    this.#http.close()
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket)
    // Servers, tunnels and their pipes each listen for its end.
    socket.setMaxListeners(24)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const timer = setTimeout(() => socket.destroy(), HELLO_MS)
    socket.once('close', () => clearTimeout(timer))
    socket.once('data', (first: Buffer) => {
      clearTimeout(timer)
      socket.pause()
      socket.unshift(first)
      if (first[0] === SOCKS) void this.#socks(socket)
      else {
        this.#http.emit('connection', socket)
        socket.resume()
      }
    })
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const guest = this.#parts.guests.byHeader(request.headers['proxy-authorization'])
    if (!guest) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="Oxbow"', 'content-type': 'text/plain' })
      response.end('This proxy is for boxes of Oxbow.\n')
      return
    }
    try {
      await this.#counted(guest, async () => {
        const { url, scheme, host, port } = readUrl(request.url ?? '')
        if (scheme !== 'http') throw new EgressRefusal('scheme', 'What is encrypted goes through CONNECT.')
        await forward(request, response, { guest, scheme, target: { host, port }, path: url.pathname + url.search }, this.#parts)
      })
    } catch (error) {
      answerFailure(this.#parts)(guest, response, error)
    }
  }

  async #connect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const guest = this.#parts.guests.byHeader(request.headers['proxy-authorization'])
    if (!guest) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="Oxbow"\r\nContent-Length: 0\r\n\r\n',
      )
      return
    }
    try {
      await this.#counted(guest, async () => {
        const target = readAuthority(request.url ?? '')
        if (head.length > 0) socket.unshift(head)
        await this.#lead(guest, target, socket, () => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'))
      })
    } catch (error) {
      tell(this.#parts, guest, error)
      if (!socket.writable) return
      const body = `Oxbow: ${wordsOf(error)}\n`
      const status = statusOf(error) === 403 ? '403 Refused by Oxbow' : `${statusOf(error)} Not Reached`
      socket.end(
        `HTTP/1.1 ${status}\r\nX-Oxbow-Error: ${codeOf(error)}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      )
    }
  }

  async #socks(socket: Socket): Promise<void> {
    socket.setTimeout(HELLO_MS, () => socket.destroy())
    const wish = await readSocks(socket, this.#parts.guests)
    if (!wish) return
    const { guest, ...target } = wish
    try {
      await this.#counted(guest, () => this.#lead(guest, target, socket, () => socket.write(socksAnswer(SocksReply.done))))
    } catch (error) {
      tell(this.#parts, guest, error)
      if (socket.writable) socket.end(socksAnswer(error instanceof EgressRefusal ? SocksReply.refused : SocksReply.unreachable))
    }
  }

  /** Leads a connection to its target; where a secret may go there, or some methods only, through our own hands. */
  async #lead(guest: Guest, target: Target, socket: Socket, begin: () => void): Promise<void> {
    const { interceptor, limits } = this.#parts
    const list = await guest.list()
    const way = await findWay(target, list, this.#parts)
    const limit = methodsFor(target, list)
    if (guest.intercepts && (limit || guest.secrets?.reaches(target.host, target.port))) {
      begin()
      return interceptor.take(guest, target, socket)
    }
    if (limit) throw noTunnel(target, limit)
    const far = await connectTo(way, limits.connectMs)
    begin()
    await tunnel(socket, far, limits)
  }

  /** @throws OxbowError `egress.busy` */
  async #counted(guest: Guest, work: () => Promise<void>): Promise<void> {
    const most = this.#parts.limits.connections
    if (guest.open >= most) {
      throw new OxbowError('TOO_MANY_REQUESTS', 'egress.busy', `This box has ${most} connections open already.`)
    }
    guest.open++
    try {
      await work()
    } finally {
      guest.open--
    }
  }
}

/** What goes through a tunnel is not seen, so that no rule on methods would hold. */
const noTunnel = ({ host, port }: Target, limit: readonly string[]): EgressRefusal =>
  new EgressRefusal(
    'method',
    `${inUrl(host)}:${port} is allowed for ${limit.join(', ')} only, which a closed tunnel cannot keep.`,
    {
      host: host.name,
      port,
      hint: 'Use http or https from a new command, or web_fetch.',
    },
  )

type Told = Pick<ProxyParts, 'onRefused' | 'log'>

function tell({ log, onRefused }: Told, guest: Guest, error: unknown): void {
  log.debug({ box: guest.id, code: codeOf(error) }, 'not let out of a box')
  onRefused(guest, error)
}

/** Answers a request with why it was not carried out. */
export const answerFailure =
  (told: Told) =>
  (guest: Guest, response: ServerResponse, error: unknown): void => {
    tell(told, guest, error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    response.writeHead(statusOf(error), { 'content-type': 'text/plain', 'x-oxbow-error': codeOf(error), connection: 'close' })
    response.end(`Oxbow: ${wordsOf(error)}\n`)
  }

const codeOf = (error: unknown): string => (error instanceof OxbowError ? error.code : 'internal')

function statusOf(error: unknown): number {
  if (error instanceof EgressRefusal) return 403
  return error instanceof OxbowError && error.kind === 'TOO_MANY_REQUESTS' ? 429 : 502
}

const wordsOf = (error: unknown): string =>
  error instanceof OxbowError ? [error.message, error.hint].filter(Boolean).join(' ') : 'the connection failed.'
