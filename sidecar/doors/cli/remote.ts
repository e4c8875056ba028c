import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { Client } from '../../contract/index.ts'
import type { Gateway } from '../http/gateway-file.ts'

const OPEN_MS = 3000

export interface Remote {
  client: Client
  close(): void
  /** Settles when the connection has ended, whoever ended it. */
  closed: Promise<void>
}

/** A client of a running sidecar, over its WebSocket. @throws when it does not open or the token is refused */
export async function connectRemote({ url, token }: Pick<Gateway, 'url' | 'token'>): Promise<Remote> {
  const websocket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, ['oxbow.v1', `oxbow.token.${token}`])
  const closed = new Promise<void>((resolve) => websocket.addEventListener('close', () => resolve(), { once: true }))
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      websocket.close()
      reject(new Error(`no connection to ${url}`))
    }
    const timer = setTimeout(fail, OPEN_MS)
    websocket.addEventListener('error', fail, { once: true })
    websocket.addEventListener('open', () => resolve(), { once: true })
    void closed.then(fail)
    void closed.finally(() => clearTimeout(timer))
    websocket.addEventListener('open', () => clearTimeout(timer), { once: true })
  })
  const client: Client = createORPCClient(new RPCLink({ websocket }))
  // One that is just stopping opens, and then says no more: this one answers.
  await client.system.status()
  return { client, closed, close: () => websocket.close() }
}
