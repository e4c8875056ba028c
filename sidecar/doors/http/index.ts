import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../foundation/index.ts'
import type { Router } from '../router/index.ts'
import type { Inside } from './inside.ts'
import { type HttpDoor, openHttpDoor } from './server.ts'
import { SignIns } from './sign-ins.ts'
import { Tickets } from './tickets.ts'

export * from './gateway-file.ts'
export type { HttpDoor } from './server.ts'

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

export interface HttpOptions {
  router(): Promise<Router>
  clock: Clock
  /** Told who comes in and who is refused. */
  audit: Audit
  token: string
  version: string
  pages: string
  host: string
  port: number
  /** Origins beside the door's own whose pages may call; their host names are answered to as well. */
  origins: readonly string[]
}

/** Opens the door for browsers, scripts and the command line. What answers behind it is loaded with the first request. */
export function openHttp({ clock, audit, origins, ...options }: HttpOptions): Promise<HttpDoor> {
  const hosts = [...LOOPBACK, options.host.toLowerCase(), ...origins.map((origin) => new URL(origin).hostname)]
  const tickets = new Tickets(clock)
  const signIns = new SignIns(audit, clock)
  const inside = async (): Promise<Inside> => {
    const [{ openInside }, router] = await Promise.all([import('./inside.ts'), options.router()])
    return openInside({ ...options, router, tickets, signIns, hosts, origins })
  }
  return openHttpDoor({ host: options.host, port: options.port, tickets, inside })
}
