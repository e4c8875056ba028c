import type { RPCHandler } from '@orpc/server/message-port'
import type { Router } from './router/index.ts'

type Handler = RPCHandler<Record<never, never>>

/** What a MessagePort of Electron's utility process, of a worker and of a browser have in common. */
export type DoorPort = Parameters<Handler['upgrade']>[0] & { start?(): void }

/** Opens the door for one window. It closes with the port; what is sent before it is open waits in the port. */
export function openPortDoor(router: () => Promise<Router>): (port: DoorPort) => Promise<void> {
  let handler: Promise<Handler> | undefined
  const open = async (): Promise<Handler> => {
    const [{ RPCHandler }, built] = await Promise.all([import('@orpc/server/message-port'), router()])
    return new RPCHandler(built)
  }
  return async (port) => {
    handler ??= open()
    const opened = await handler
    opened.upgrade(port)
    port.start?.()
  }
}
