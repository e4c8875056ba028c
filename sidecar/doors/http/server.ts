import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { OxbowError } from '../../foundation/index.ts'
import { type AppOptions, createApp, MOST_BODY } from './app.ts'
import { pacedSocket } from './socket.ts'

/** Ports tried after the wanted one is found taken. */
const MORE_PORTS = 20
const PROTOCOL = 'oxbow.v1'
const TOKEN_PROTOCOL = 'oxbow.token.'
/** Sockets at once; a person has a few windows, not hundreds. */
const MOST_SOCKETS = 256

export interface HttpDoor {
  readonly url: string
  /** Open sockets of clients. */
  readonly clients: number
  /** A link with a fresh one-time ticket. */
  link(): string
  close(): Promise<void>
}

/**
 * Opens the HTTP and WebSocket door.
 * @param port the wanted one; the next free one is taken when it is in use, any free one for 0
 * @throws OxbowError `door.noPort`
 */
export async function openHttpDoor(options: AppOptions & { host: string; port: number }): Promise<HttpDoor> {
  const app = createApp(options)
  const server = createServer(getRequestListener(app.fetch))
  server.requestTimeout = 60_000
  server.headersTimeout = 10_000
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BODY, handleProtocols: () => PROTOCOL })
  const handler = new RPCHandler(options.router)
  sockets.on('connection', (socket) => void handler.upgrade(pacedSocket(socket) as WebSocket))
  server.on('upgrade', (request, stream, head) => {
    const refusal = sockets.clients.size >= MOST_SOCKETS ? '503 Service Unavailable' : judge(request, options)
    if (refusal) refuse(stream, refusal)
    else sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request))
  })

  await listen(server, options.host, options.port)
  const { port } = server.address() as AddressInfo
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`
  return {
    url,
    get clients() {
      return sockets.clients.size
    },
    link: () => `${url}/?ticket=${options.tickets.issue()}`,
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'Oxbow stops')
      const closed = new Promise((resolve) => server.close(resolve))
      setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
        server.closeAllConnections()
      }, 200).unref()
      server.closeIdleConnections()
      await closed
    },
  }
}

/** @returns the status line of a refusal; undefined when the socket may open */
function judge(request: IncomingMessage, { guard }: AppOptions): string | undefined {
  const { host, origin, authorization } = request.headers
  const asked = { host, origin, fetchSite: undefined, navigation: false, authorization }
  if (guard.place(asked) === 'forbidden') return '403 Forbidden'
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const token = protocols.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
  if (!guard.holdsToken(token) && !guard.holdsBearer(asked)) return '401 Unauthorized'
  return new URL(request.url ?? '/', 'http://door').pathname === '/ws' ? undefined : '404 Not Found'
}

function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function listen(server: Server, host: string, wanted: number): Promise<void> {
  for (let port = wanted; port <= wanted + MORE_PORTS; port++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve()
        })
      })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  throw new OxbowError(
    'CONFLICT',
    'door.noPort',
    `ports ${wanted} to ${wanted + MORE_PORTS} are taken`,
    'Set another with `--port` or gateway.port.',
  )
}
