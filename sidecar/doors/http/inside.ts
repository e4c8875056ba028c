import type { IncomingMessage, RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Router } from '../router/index.ts'
import { createApp, MOST_BODY } from './app.ts'
import { Guard, type GuardOptions } from './guard.ts'
import type { SignIns } from './sign-ins.ts'
import { pacedSocket } from './socket.ts'
import type { Tickets } from './tickets.ts'

const PROTOCOL = 'oxbow.v1'
const TOKEN_PROTOCOL = 'oxbow.token.'
/** Sockets at once; a person has a few windows, not hundreds. */
const MOST_SOCKETS = 256

export interface InsideOptions extends GuardOptions {
  router: Router
  tickets: Tickets
  signIns: SignIns
  version: string
  /** Folder of the built UI. */
  pages: string
}

/** What answers behind the HTTP door. */
export interface Inside {
  readonly request: RequestListener
  /** Takes a socket that was upgraded, or refuses it. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  readonly sockets: ReadonlySet<WebSocket>
}

/** Builds what the HTTP door answers with: guard, pages, REST and WebSocket. */
export function openInside({ router, tickets, signIns, version, pages, ...rest }: InsideOptions): Inside {
  const guard = new Guard(rest)
  const app = createApp({ router, guard, tickets, signIns, token: rest.token, version, pages })
  // Which procedure a message is for is known only once it is there, so each may be as large as a file.
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_BODY, handleProtocols: () => PROTOCOL })
  const handler = new RPCHandler(router)
  server.on('connection', (socket) => void handler.upgrade(pacedSocket(socket) as WebSocket))
  return {
    request: getRequestListener(app.fetch),
    sockets: server.clients,
    upgrade(request, stream, head) {
      const refusal = server.clients.size >= MOST_SOCKETS ? '503 Service Unavailable' : judge(request, guard)
      if (refusal) refuse(stream, refusal)
      if (refusal?.startsWith('401')) signIns.refused('socket', 'token')
      if (refusal?.startsWith('403')) signIns.refused('socket', 'origin')
      if (refusal) return
      signIns.opened('socket', 'token')
      server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request))
    },
  }
}

/** @returns the status line of a refusal; undefined when the socket may open */
function judge(request: IncomingMessage, guard: Guard): string | undefined {
  const { host, origin, authorization } = request.headers
  const asked = { host, origin, fetchSite: undefined, navigation: false, authorization }
  if (guard.place(asked) === 'forbidden') return '403 Forbidden'
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const token = protocols.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
  if (!guard.holdsToken(token) && !guard.holdsBearer(asked)) return '401 Unauthorized'
  // Not read as a URL: what a client sends may be none, as `//` is.
  return request.url?.split('?', 1)[0] === '/ws' ? undefined : '404 Not Found'
}

function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy())
  // Whoever was refused may never close: what they still send is read until they were told, then it ends.
  stream.resume()
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => stream.destroy())
}
