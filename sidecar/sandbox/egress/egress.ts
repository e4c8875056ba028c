import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '../../foundation/index.ts'
import { type AllowList, isLocalhost, readHostRule, type SecretSource, writeHostRule } from '../../policy/egress/index.ts'
import type { Pass, PassWish } from '../way-out.ts'
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

/** Who sends something. */
export interface Sender extends Traveller {
  /** As rules name it. */
  tool: string
}

export interface EgressOptions {
  /** What somebody may reach. Asked anew each time, so that a yes counts at once. @throws when settings are wrong */
  allowed(of: Sender): Promise<AllowList>
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

export interface PassOptions extends Traveller, PassWish {
  /** A folder that its box can read, for the certificates it should trust. Without one no value is put in over HTTPS, and no host is reached so that is allowed for some methods. */
  trustFolder?: string | undefined
}

/** The way out of every box. */
export interface Egress {
  readonly lookup: Lookup
  readonly upstream: Upstream | undefined
  holdsKey(text: string): boolean
  /** The keys of this computer by value. */
  knownKeys(): readonly string[]
  readonly roots: readonly string[] | undefined
  /** The proxy's port on 127.0.0.1; opened with the first question. */
  port(): Promise<number>
  /** The proxy's socket in the file system, for boxes that get files and no network; opened with the first question. */
  socket(): Promise<string>
  /** Opens the proxy at another address as well. @returns its port */
  listen(where: { host: string; port: number }): Promise<number>
  /** Lets one command of a box in. @throws when the settings of its workspace are wrong */
  admit(options: PassOptions): Promise<Pass>
  /** What was refused in a session since this was last asked. */
  takeRefused(session: string): Refused[]
  /** Notes what one of our own tools was refused. */
  noteRefused(of: Traveller, error: unknown): void
  allowed(of: Sender): Promise<AllowList>
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
  const refused = new RefusedHosts((one) => onRefused?.(one))
  const guests = new Guests()
  const certificates = new Certificates(clock)
  const noteRefused = (of: Traveller & Pick<PassWish, 'silent'>, error: unknown): void => refused.note(of, error)
  const shared = { lookup, upstream, holdsKey, knownKeys, limits: { ...LIMITS, ...limits }, roots, onRefused: noteRefused, log }
  const interceptor = new Interceptor({ ...shared, certificates, onFailure: answerFailure(shared) })
  const proxy = new EgressProxy({ ...shared, guests, interceptor })
  let opened: Promise<number> | undefined
  let inFiles: Promise<string> | undefined

  return {
    lookup,
    upstream,
    holdsKey,
    knownKeys,
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
    async admit({ trustFolder, session, workspace, lent, fixed, silent }) {
      const of = { session, workspace, tool: 'exec' }
      const list = await listFor(() => allowed(of), { lent, fixed })
      const guest = guests.admit({ ...of, list, secrets, silent })
      return {
        get carried() {
          return guest.carried
        },
        async environment({ host = 'localhost', port }) {
          const now = await list()
          const looksInto = secrets?.any() || [...now.allowed, ...(now.within ?? [])].some(({ methods }) => methods)
          const file = trustFolder !== undefined && looksInto ? await certificates.trustedIn(trustFolder) : undefined
          guest.intercepts = file !== undefined
          const { id, password } = guest
          return guestEnvironment({ host, port, id, password, localhost: namesLocalhost(now), trust: file })
        },
        release() {
          guests.dismiss(guest)
          proxy.dismiss(guest)
        },
      }
    },
    takeRefused: (session) => refused.take(session),
    noteRefused,
    allowed,
    secrets,
    close: () => proxy.close(),
  }
}

/** What a pass reaches, asked for each connection. @throws when the settings of its workspace are wrong */
async function listFor(
  allowed: () => Promise<AllowList>,
  { lent = [], fixed = false }: Pick<PassWish, 'lent' | 'fixed'>,
): Promise<() => Promise<AllowList>> {
  const first = new Set((await allowed()).allowed.map(writeHostRule))
  const own = lent.map(readHostRule)
  return async () => {
    const now = await allowed()
    const kept = fixed ? now.allowed.filter((rule) => first.has(writeHostRule(rule))) : now.allowed
    return { ...now, allowed: [...kept, ...own] }
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
