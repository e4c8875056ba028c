import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../../foundation/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import {
  EgressRefusal,
  inUrl,
  isLocal,
  judgeTarget,
  methodsFor,
  readAuthority,
  readHost,
  readUrl,
  type Target,
} from '../../policy/egress/index.ts'
import { type Forwarding, forward } from './forward.ts'
import type { Guest, Guests } from './guests.ts'
import type { Interceptor } from './intercept.ts'
import { Lines } from './lines.ts'
import { hearOpening } from './opening.ts'
import { readSocks, SocksReply, socksAnswer } from './socks.ts'
import { Strangers } from './strangers.ts'
import { tunnel } from './tunnel.ts'
import { connectTo, findWay, leadsBeyond } from './way.ts'

const SOCKS = 0x05
/** What goes to these is of the web, or ssh that goes where it is let through. */
const WEB_PORTS = [80, 443]

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
  readonly #strangers: Strangers
  readonly #lines: Lines

  constructor(parts: ProxyParts) {
    this.#parts = parts
    this.#strangers = new Strangers(parts.limits.strangers, parts.limits.helloMs)
    this.#lines = new Lines(parts.limits.lookMs)
    this.#http = createHttpServer({ maxHeaderSize: 64 * 1024 }, (request, response) => void this.#request(request, response))
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

  /** Ends what a box has open. */
  dismiss(guest: Guest): void {
    this.#lines.end(guest)
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
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#strangers.delete(socket)
    })
    socket.on('error', () => socket.destroy())
    this.#strangers.add(socket)
    socket.once('data', (first: Buffer) => {
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
      response.writeHead(407, {
        'proxy-authenticate': 'Basic realm="Oxbow"',
        'content-type': 'text/plain',
        connection: 'close',
      })
      response.end('This proxy is for boxes of Oxbow.\n')
      return
    }
    const { socket } = request
    this.#strangers.delete(socket)
    try {
      const { url, scheme, host, port } = readUrl(request.url ?? '')
      await this.#counted(guest, socket, { host, port }, async () => {
        if (scheme !== 'http') throw new EgressRefusal('scheme', 'What is encrypted goes through CONNECT.')
        await forward(request, response, { guest, scheme, target: { host, port }, path: url.pathname + url.search }, this.#parts)
      })
    } catch (error) {
      answerFailure(this.#parts)(guest, response, error)
    }
    // It may ask for more, and has to show itself again.
    if (!this.#lines.has(guest, socket)) this.#strangers.add(socket)
  }

  async #connect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const guest = this.#parts.guests.byHeader(request.headers['proxy-authorization'])
    if (!guest) {
      endWith(
        socket,
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="Oxbow"\r\nContent-Length: 0\r\n\r\n',
      )
      return
    }
    this.#strangers.delete(socket)
    try {
      const target = readAuthority(request.url ?? '')
      await this.#counted(guest, socket, target, async () => {
        if (head.length > 0) socket.unshift(head)
        await this.#lead(guest, target, socket, () => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'))
      })
    } catch (error) {
      tell(this.#parts, guest, error)
      if (!socket.writable) return
      const body = `Oxbow: ${wordsOf(error)}\n`
      const status = statusOf(error) === 403 ? '403 Refused by Oxbow' : `${statusOf(error)} Not Reached`
      endWith(
        socket,
        `HTTP/1.1 ${status}\r\nX-Oxbow-Error: ${codeOf(error)}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      )
    }
  }

  async #socks(socket: Socket): Promise<void> {
    const wish = await readSocks(socket, this.#parts.guests)
    if (!wish) return void socket.destroySoon()
    this.#strangers.delete(socket)
    const { guest, ...target } = wish
    try {
      await this.#counted(guest, socket, target, () =>
        this.#lead(guest, target, socket, () => socket.write(socksAnswer(SocksReply.done))),
      )
    } catch (error) {
      tell(this.#parts, guest, error)
      if (socket.writable)
        endWith(socket, socksAnswer(error instanceof EgressRefusal ? SocksReply.refused : SocksReply.unreachable))
    }
  }

  /** Leads a connection to its target; where a secret may go there, or some methods only, through our own hands. */
  async #lead(guest: Guest, target: Target, socket: Socket, begin: () => void): Promise<void> {
    const { interceptor, limits } = this.#parts
    const list = await guest.list()
    const way = await findWay(target, list, this.#parts, guest)
    guest.carried ||= leadsBeyond(way)
    const limit = methodsFor(target, list)
    const takes = guest.intercepts && (limit || guest.secrets?.reaches(target.host, target.port))
    if (limit && !takes) throw noTunnel(target, limit)
    const far = takes ? undefined : await connectTo(way, limits.connectMs)
    if (socket.destroyed) return void far?.destroy()
    begin()
    try {
      if (far === undefined) await interceptor.take(guest, target, socket)
      else await this.#carry(guest, target, socket, far)
    } catch (error) {
      // It was told that it is there: nothing can be said in there any more.
      tell(this.#parts, guest, error)
      socket.destroy()
      far?.destroy()
    }
  }

  /**
   * Carries what is none of ours: all that stays on this computer, TLS for a host that may be reached, ssh, and on ports of its
   * own whatever else. A request in plain words is judged like one that came without a tunnel.
   * @throws EgressRefusal
   */
  async #carry(guest: Guest, target: Target, near: Socket, far: Socket): Promise<void> {
    const { interceptor, limits } = this.#parts
    if (!isLocal(target.host)) {
      for (const one of [near, far]) one.setTimeout(limits.idleMs, () => one.destroy())
      const { kind, name } = await hearOpening(near, far)
      if (kind === 'http') {
        far.destroy()
        return interceptor.takePlain(guest, target, near)
      }
      if (kind === 'tls' && name !== undefined) judgeTarget({ ...target, host: readHost(name) }, await guest.list())
      if (kind === 'other' && WEB_PORTS.includes(target.port) && !near.destroyed && near.readableLength > 0)
        throw new EgressRefusal('scheme', `What goes to ${inUrl(target.host)}:${target.port} is neither TLS nor HTTP nor ssh.`, {
          host: target.host.name,
          port: target.port,
        })
    }
    await tunnel(near, far, limits)
  }

  /** @throws OxbowError `egress.busy` */
  async #counted(guest: Guest, socket: Socket, target: Target, work: () => Promise<void>): Promise<void> {
    const most = this.#parts.limits.connections
    if (guest.open >= most) {
      throw new OxbowError('TOO_MANY_REQUESTS', 'egress.busy', `This command has ${most} connections open already.`)
    }
    guest.open++
    const leave = this.#lines.add(guest, socket, target)
    try {
      await work()
    } finally {
      leave()
      guest.open--
    }
  }
}

/** Says a last word. Nothing more is heard: who keeps its side open holds nothing here. */
function endWith(socket: Socket, words: string | Buffer): void {
  socket.end(words)
  socket.destroySoon()
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
