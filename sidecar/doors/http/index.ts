import type { Clock } from '../../foundation/index.ts'
import type { Router } from '../router/index.ts'
import { Guard } from './guard.ts'
import { type HttpDoor, openHttpDoor } from './server.ts'
import { Tickets } from './tickets.ts'

export * from './gateway-file.ts'
export type { HttpDoor } from './server.ts'

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

export interface HttpOptions {
  router: Router
  clock: Clock
  token: string
  version: string
  pages: string
  host: string
  port: number
  /** Origins beside the door's own whose pages may call; their host names are answered to as well. */
  origins: readonly string[]
}

/** Opens the door for browsers, scripts and the command line. */
export function openHttp({ clock, origins, ...options }: HttpOptions): Promise<HttpDoor> {
  const hosts = [...LOOPBACK, options.host.toLowerCase(), ...origins.map((origin) => new URL(origin).hostname)]
  const guard = new Guard({ token: options.token, hosts, origins })
  return openHttpDoor({ ...options, guard, tickets: new Tickets(clock) })
}
