import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '../../foundation/index.ts'
import { type AllowList, isLocalhost, type SecretSource } from '../../policy/egress/index.ts'
import { Certificates } from './certificates.ts'
import { guestEnvironment } from './environment.ts'
import { Guests } from './guests.ts'
import { Interceptor } from './intercept.ts'
import { LIMITS, type Limits } from './limits.ts'
import { Lookup, type Resolve } from './lookup.ts'
import { answerFailure, EgressProxy } from './proxy.ts'
import { type Refused, RefusedHosts } from './refused.ts'
import type { Upstream } from './upstream.ts'

/** Whose traffic it is. */
export interface Traveller {
  session?: string | undefined
  workspace: string
}

export interface EgressOptions {
  /** What somebody may reach. Asked anew each time, so that a yes counts at once. @throws when settings are wrong */
  allowed(of: Traveller): Promise<AllowList>
  secrets?: SecretSource | undefined
  clock: Clock
  /** A folder of ours for the proxy's socket. */
  run: string
  log: Pick<Log, 'debug'>
  /** Looks a name up; the system's own where absent. */
  resolve?: Resolve
  limits?: Partial<Limits>
  /** What all that goes out has to pass. */
  upstream?: Upstream | undefined
  /** Certificates trusted beside the system's, as PEM. */
  roots?: readonly string[]
  /** Whether a text holds a key, by value, shape or disorder: our own tools send none, and boxes none unencrypted. */
  holdsKey?(text: string): boolean
  /** The keys of this computer by value, which boxes send nowhere unencrypted. */
  knownKeys?(): readonly string[]
  /** Told of each new refusal, beside `takeRefused`. */
  onRefused?(refused: Refused): void
}

export interface PassOptions extends Traveller {
  /** A file that this box can read, for the certificates it should trust. Without one no value is put in over HTTPS, and no host is reached so that is allowed for some methods. */
  trustFile?: string | undefined
}

/** What one box may use the proxy with. */
export interface Pass {
  /** Variables for its processes, given how it reaches the proxy. May change from call to call. */
  environment(seen: { host?: string; port: number }): Promise<Record<string, string>>
  /** Closes the way out for this box. */
  release(): void
}

/** The way out of every box. */
export interface Egress {
  readonly lookup: Lookup
  readonly upstream: Upstream | undefined
  holdsKey(text: string): boolean
  readonly roots: readonly string[] | undefined
  /** The proxy's port on 127.0.0.1; opened with the first question. */
  port(): Promise<number>
  /** The proxy's socket in the file system, for boxes that get files and no network; opened with the first question. */
  socket(): Promise<string>
  /** Opens the proxy at another address as well. @returns its port */
  listen(where: { host: string; port: number }): Promise<number>
  /** @throws when the settings of its workspace are wrong */
  admit(options: PassOptions): Promise<Pass>
  /** What was refused in a session since this was last asked. */
  takeRefused(session: string): Refused[]
  /** Notes what one of our own tools was refused. */
  noteRefused(of: Traveller, error: unknown): void
  allowed(of: Traveller): Promise<AllowList>
  readonly secrets: SecretSource | undefined
  close(): Promise<void>
}

export function createEgress({
  run,
  allowed,
  secrets,
  clock,
  log,
  resolve,
  limits = {},
  roots,
  upstream,
  onRefused,
  holdsKey = () => false,
  knownKeys = () => [],
}: EgressOptions): Egress {
  const lookup = new Lookup(resolve)
  const refused = new RefusedHosts()
  const guests = new Guests()
  const certificates = new Certificates(clock)
  const noteRefused = (of: Traveller, error: unknown): void => {
    const noted = refused.note(of, error)
    if (noted) onRefused?.(noted)
  }
  const shared = { lookup, upstream, holdsKey, knownKeys, limits: { ...LIMITS, ...limits }, roots, onRefused: noteRefused, log }
  const interceptor = new Interceptor({ ...shared, certificates, onFailure: answerFailure(shared) })
  const proxy = new EgressProxy({ ...shared, guests, interceptor })
  let opened: Promise<number> | undefined
  let inFiles: Promise<string> | undefined

  return {
    lookup,
    upstream,
    holdsKey,
    roots,
    port: () => {
      opened ??= proxy.listen().catch((error: unknown) => {
        opened = undefined
        throw error
      })
      return opened
    },
    socket: () => {
      inFiles ??= openSocket(proxy, run)
      return inFiles
    },
    listen: (where) => proxy.listen(where),
    async admit({ trustFile, session, workspace }) {
      const of = { session, workspace }
      await allowed(of)
      const guest = guests.admit({ ...of, list: () => allowed(of), secrets })
      return {
        async environment({ host = 'localhost', port }) {
          const list = await allowed(of)
          const looksInto = secrets?.any() || [...list.allowed, ...(list.within ?? [])].some(({ methods }) => methods)
          if (!guest.intercepts && trustFile !== undefined && looksInto) {
            await writeFile(trustFile, await certificates.trusted())
            guest.intercepts = true
          }
          const { id, password } = guest
          const localhost = namesLocalhost(list)
          return guestEnvironment({ host, port, id, password, localhost, ...(guest.intercepts && { trust: trustFile }) })
        },
        release: () => guests.dismiss(guest),
      }
    },
    takeRefused: (session) => refused.take(session),
    noteRefused,
    allowed,
    secrets,
    close: () => proxy.close(),
  }
}

/** Everyone in a box may connect, whichever user its programs are; the credential decides. The folder is the person's only. */
async function openSocket(proxy: EgressProxy, run: string): Promise<string> {
  const path = join(run, 'egress.sock')
  await rm(path, { force: true })
  await proxy.listen({ path })
  await chmod(path, 0o666)
  return path
}

const namesLocalhost = ({ allowed }: AllowList): boolean =>
  allowed.some(({ host, port }) => isLocalhost(host) && port !== undefined)
