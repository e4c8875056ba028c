import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OxbowError } from '../../foundation/index.ts'
import type { Inside } from './inside.ts'
import type { Tickets } from './tickets.ts'

/** Ports tried after the wanted one is found taken. */
const MORE_PORTS = 20

export interface HttpDoor {
  readonly url: string
  /** Open sockets of clients. */
  readonly clients: number
  /** A link with a fresh one-time ticket. */
  link(): string
  close(): Promise<void>
}

export interface HttpDoorOptions {
  host: string
  port: number
  tickets: Tickets
  /** What answers; asked for once, when the first request comes. */
  inside(): Promise<Inside>
}

/**
 * Opens the HTTP and WebSocket door.
 * @param options.port the wanted one; the next free one is taken when it is in use, any free one for 0
 * @throws OxbowError `door.noPort`
 */
export async function openHttpDoor({ host, port: wanted, tickets, inside }: HttpDoorOptions): Promise<HttpDoor> {
  let opened: Inside | undefined
  let opening: Promise<Inside> | undefined
  const enter = async (): Promise<Inside> => {
    opening ??= inside()
    opened = await opening
    return opened
  }
  const server = createServer((request, response) => {
    if (opened) opened.request(request, response)
    else
      enter().then(
        ({ request: answer }) => answer(request, response),
        () => response.writeHead(500).end(),
      )
  })
  server.requestTimeout = 60_000
  server.headersTimeout = 10_000
  server.on('upgrade', (request, stream, head) => {
    const lost = (): void => void stream.destroy()
    stream.on('error', lost)
    enter()
      .then((door) => {
        stream.off('error', lost)
        if (!stream.destroyed) door.upgrade(request, stream, head)
      })
      .catch(lost)
  })

  await listen(server, host, wanted)
  const { port } = server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    url,
    get clients() {
      return opened?.sockets.size ?? 0
    },
    link: () => `${url}/?ticket=${tickets.issue()}`,
    async close() {
      for (const socket of opened?.sockets ?? []) socket.close(1001, 'Oxbow stops')
      const closed = new Promise((resolve) => server.close(resolve))
      setTimeout(() => {
        for (const socket of opened?.sockets ?? []) socket.terminate()
        server.closeAllConnections()
      }, 200).unref()
      server.closeIdleConnections()
      await closed
    },
  }
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
