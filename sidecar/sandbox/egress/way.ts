import { connect, type LookupFunction, type Socket } from 'node:net'
import { OxbowError } from '../../foundation/index.ts'
import {
  type AllowList,
  type Host,
  inUrl,
  isLocalhost,
  isOwnAddress,
  judgeAddresses,
  judgeTarget,
  type Target,
} from '../../policy/egress/index.ts'
import type { GuestOptions } from './guests.ts'
import type { Lookup } from './lookup.ts'
import { connectThrough, type Upstream } from './upstream.ts'

/** How targets are found. */
export interface Roads {
  lookup: Lookup
  upstream?: Upstream | undefined
}

/** A host and port that may be reached, with the addresses that were checked. Nothing is looked up again. */
export interface Way extends Target {
  readonly addresses: readonly string[]
  /** Leads there in place of the addresses: it looks the name up by itself, so that only the name was judged for certain. */
  readonly upstream?: Upstream
}

/**
 * Judges a target, looks it up once, and judges every address. Behind an upstream proxy the name is what is judged; where
 * this computer can look it up as well, an address inside refuses it all the same. Sessions take turns at looking up.
 * @throws EgressRefusal, OxbowError `egress.lookup`
 */
export async function findWay(
  target: Target,
  list: AllowList,
  { lookup, upstream }: Roads,
  of: Pick<GuestOptions, 'session' | 'workspace'>,
): Promise<Way> {
  const asker = of.session ?? of.workspace
  judgeTarget(target, list)
  if (upstream === undefined || upstream.bypasses(target))
    return { ...target, addresses: judgeAddresses(target, await lookup.addresses(target.host, asker), list) }
  const addresses = await lookup.addresses(target.host, asker).catch(() => [])
  return { ...target, addresses: addresses.length === 0 ? [] : judgeAddresses(target, addresses, list), upstream }
}

/** Whether a way leads off this computer: what comes from a service of the person's own is not a stranger's. */
export const leadsBeyond = ({ host, addresses }: Way): boolean =>
  !isLocalhost(host) && (addresses.length === 0 || !addresses.every(isOwnAddress))

/** Answers with the checked addresses, whatever is asked. */
export function pinned({ addresses }: Way): LookupFunction {
  const known = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_name, options, done) => {
    if (options.all) done(null, known)
    else done(null, known[0]!.address, known[0]!.family)
  }
}

/** What a connection to a way needs to be told. */
export const toWay = (way: Way) => ({
  host: way.host.name,
  port: way.port,
  lookup: pinned(way),
  autoSelectFamily: way.addresses.length > 1,
})

/**
 * Connects to one of the checked addresses, or through the upstream proxy.
 * @throws OxbowError `egress.connect`, `egress.upstream`
 */
export function connectTo(way: Way, timeoutMs: number, signal?: AbortSignal): Promise<Socket> {
  if (way.upstream) return connectThrough(way.upstream, way, timeoutMs, signal)
  return new Promise((resolve, reject) => {
    const socket = connect({ ...toWay(way), allowHalfOpen: true, ...(signal && { signal }) })
    const fail = (why: string): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(unreachable(way.host, way.port, why))
    }
    const timer = setTimeout(() => fail('it did not answer in time'), timeoutMs)
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      // Whatever Node did to get here, it must have ended at an address that was checked.
      const reached = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '')
      if (reached === undefined || !way.addresses.includes(reached)) return fail('the connection led elsewhere')
      resolve(socket)
    })
  })
}

export const unreachable = (host: Host, port: number, why: string): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'egress.connect', `${inUrl(host)}:${port} could not be reached: ${why}.`)
