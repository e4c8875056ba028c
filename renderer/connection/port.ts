import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { type Client, PORT_MESSAGE, type ShellApi, sendReceipts } from '../../sidecar/contract/index.ts'
import { withDeadline } from './deadline.ts'
import type { Dialer, Line, LineEnd } from './line.ts'

const PORT_TIMEOUT_MS = 10_000

/**
 * Dials the sidecar through the shell. The shell hands over a port when asked, and by itself after it restarted the
 * sidecar: a port that comes unasked ends the line before it.
 */
export function portDialer(shell: ShellApi): Dialer {
  let waiting: ((port: MessagePort) => void) | null = null
  let spare: MessagePort | null = null
  let endCurrent: (() => void) | null = null

  window.addEventListener('message', (event) => {
    const port = event.ports[0]
    if (event.source !== window || event.data !== PORT_MESSAGE || !port) return
    if (waiting) return waiting(port)
    spare?.close()
    spare = port
    endCurrent?.()
  })

  const nextPort = (signal: AbortSignal) =>
    new Promise<MessagePort>((resolve, reject) => {
      if (spare) {
        resolve(spare)
        spare = null
        return
      }
      const give = AbortSignal.any([signal, AbortSignal.timeout(PORT_TIMEOUT_MS)])
      const onAbort = () => {
        waiting = null
        reject(new Error('the shell gave no port in time'))
      }
      give.addEventListener('abort', onAbort, { once: true })
      waiting = (port) => {
        waiting = null
        give.removeEventListener('abort', onAbort)
        resolve(port)
      }
      shell.requestPort()
    })

  return {
    async dial(signal) {
      const port = await nextPort(signal)
      const line = lineOver(port, (end) => {
        endCurrent = end
      })
      // A port can be handed over before anything listens at its other end: only an answer proves the line.
      await line.client.system.status(undefined, { signal: AbortSignal.any([signal, AbortSignal.timeout(PORT_TIMEOUT_MS)]) })
      return line
    },
  }
}

function lineOver(port: MessagePort, onEndable: (end: () => void) => void): Line {
  // The link listens first: when the line ends, its calls are over before anyone else hears of it.
  const link = new RPCLink({ port, interceptors: [(options) => options.next(withDeadline(options))] })
  const ended = new Promise<LineEnd>((resolve) => port.addEventListener('close', () => resolve('lost'), { once: true }))
  // Closing our end tells the other end only: for the link and for us it is told here.
  const close = () => {
    port.close()
    port.dispatchEvent(new Event('close'))
  }
  onEndable(close)
  sendReceipts(port)
  port.start()
  return { client: createORPCClient<Client>(link), ended, close }
}
