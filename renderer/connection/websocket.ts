import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { Client } from '../../sidecar/contract/index.ts'
import { withDeadline } from './deadline.ts'
import { type Dialer, type Line, type LineEnd, LineRefused } from './line.ts'

const OPEN_TIMEOUT_MS = 10_000
const UNAUTHORIZED = 4401

/** Dials the sidecar that served this page. */
export function webSocketDialer(token: () => string | null): Dialer {
  return {
    async dial(signal) {
      const secret = token()
      if (!secret) throw new LineRefused('no token')
      const address = new URL('/ws', location.href)
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
      const socket = new WebSocket(address, ['oxbow.v1', `oxbow.token.${secret}`])
      socket.binaryType = 'arraybuffer'
      try {
        await opened(socket, signal)
      } catch (error) {
        socket.close()
        // A browser does not tell why an upgrade was refused. A sidecar that is well and refuses us does not know our token.
        if (!(error instanceof LineRefused) && (await isHealthy(signal))) throw new LineRefused('the sidecar refused the token')
        throw error
      }
      return lineOver(socket)
    },
  }
}

function lineOver(socket: WebSocket): Line {
  // The link listens first: when the line ends, its calls are over before anyone else hears of it.
  const link = new RPCLink({ websocket: socket, interceptors: [(options) => options.next(withDeadline(options))] })
  const ended = new Promise<LineEnd>((resolve) => {
    socket.addEventListener('close', (event) => resolve(event.code === UNAUTHORIZED ? 'refused' : 'lost'), { once: true })
  })
  return { client: createORPCClient<Client>(link), ended, close: () => socket.close() }
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController()
    const on = { signal: settled.signal }
    const end = (act: () => void) => {
      settled.abort()
      act()
    }
    const timeout = AbortSignal.timeout(OPEN_TIMEOUT_MS)
    const late = () => end(() => reject(new Error('the sidecar did not answer in time')))
    timeout.addEventListener('abort', late, on)
    signal.addEventListener('abort', late, on)
    socket.addEventListener('open', () => end(resolve), on)
    socket.addEventListener(
      'close',
      (event) => end(() => reject(event.code === UNAUTHORIZED ? new LineRefused('token') : new Error('the line was closed'))),
      on,
    )
  })
}

async function isHealthy(signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch('/health', { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) })
    return answer.ok
  } catch {
    return false
  }
}
