import type { RPCHandler } from '@orpc/server/message-port'
import { type DoorPort, PacedPort } from './paced-port.ts'
import type { Router } from './router/index.ts'

export type { DoorPort } from './paced-port.ts'

type Handler = RPCHandler<Record<never, never>>
type HandlerPort = Parameters<Handler['upgrade']>[0]

/** Opens the door for one window. It closes with the port; what is sent before it is open waits in the port. */
export function openPortDoor(router: () => Promise<Router>): (port: DoorPort) => Promise<void> {
  let handler: Promise<Handler> | undefined
  const open = async (): Promise<Handler> => {
    const [{ RPCHandler }, built] = await Promise.all([import('@orpc/server/message-port'), router()])
    // Asked before each message and waited for, which is what holds a slow window's watchers back.
    const experimental_transfer = async (_: unknown, port: HandlerPort): Promise<undefined> => {
      await (port as unknown as PacedPort).room()
    }
    return new RPCHandler(built, { experimental_transfer })
  }
  return async (port) => {
    handler ??= open()
    const opened = await handler
    opened.upgrade(new PacedPort(port) as unknown as HandlerPort)
    port.start?.()
  }
}
