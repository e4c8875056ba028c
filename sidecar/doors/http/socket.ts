import type { WebSocket } from 'ws'

/** Bytes that may wait in one socket before what sends to it waits too. */
const HIGH_WATER = 1024 * 1024
/** A socket that takes nothing for this long is ended. */
const STALL_MS = 30_000
const PING_MS = 30_000

/** What oRPC's adapter needs of a socket. */
type Carried = Pick<WebSocket, 'addEventListener' | 'send'>

/**
 * A socket whose `send` settles only when there is room again, so that a slow reader holds back its own watchers
 * instead of filling our memory; and that is ended when it is dead (no pong, no progress).
 */
export function pacedSocket(socket: WebSocket): Carried {
  let alive = true
  const ping = setInterval(() => {
    if (!alive) socket.terminate()
    alive = false
    socket.ping()
  }, PING_MS).unref()
  socket.on('pong', () => {
    alive = true
  })
  socket.on('close', () => clearInterval(ping))
  socket.on('error', () => socket.terminate())

  const send = (data: Parameters<WebSocket['send']>[0]): Promise<void> | void => {
    if (socket.bufferedAmount < HIGH_WATER) {
      socket.send(data, { compress: false })
      return
    }
    return new Promise((resolve) => {
      const stalled = setTimeout(() => socket.terminate(), STALL_MS).unref()
      socket.send(data, () => {
        clearTimeout(stalled)
        resolve()
      })
    })
  }
  return { addEventListener: socket.addEventListener.bind(socket), send: send as WebSocket['send'] }
}
