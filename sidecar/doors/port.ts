import { RPCHandler } from '@orpc/server/message-port'
import type { Router } from './router/index.ts'

/** What a MessagePort of Electron's utility process, of a worker and of a browser have in common. */
export type DoorPort = Parameters<RPCHandler<Record<never, never>>['upgrade']>[0] & { start?(): void }

/** Opens the door for one window. It closes with the port. */
export function openPortDoor(router: Router): (port: DoorPort) => void {
  const handler = new RPCHandler(router)
  return (port) => {
    handler.upgrade(port)
    port.start?.()
  }
}
