import { kindOf, reachOf } from './address.ts'
import { type Host, inUrl } from './host.ts'
import { covers, type HostRule, METHODS, namesHost, namesLocal } from './host-rule.ts'
import { EgressRefusal } from './refusal.ts'

/** What somebody may reach. */
export interface AllowList {
  /** What the person allowed. */
  readonly allowed: readonly HostRule[]
  /** What a workspace leaves of it; absent: all. */
  readonly within?: readonly HostRule[] | undefined
  /** Why a rule of the person forbids a host, whatever is allowed. @throws where the rules cannot be read */
  readonly denied?: ((host: string, port: number) => string | undefined) | undefined
}

export interface Target {
  readonly host: Host
  readonly port: number
}

/** This computer, by the name that needs no look-up. */
export const isLocalhost = ({ name }: Pick<Host, 'name'>): boolean => name === 'localhost' || name.endsWith('.localhost')

/** This computer or its own networks, by name or address: what goes there passes no stranger. */
export const isLocal = (host: Host): boolean => isLocalhost(host) || (host.address && reachOf(host.name) === 'local')

/**
 * Judges a host and port before anything is looked up, so that a refused name tells nobody anything.
 * @throws EgressRefusal `egress.rule`, `egress.host`, `egress.port`, `egress.address`, `egress.workspace`
 */
export function judgeTarget({ host, port }: Target, { allowed, within, denied }: AllowList): void {
  const place = `${inUrl(host)}:${port}`
  const at = { host: host.name, port }
  const askable = {
    ...at,
    askable: true,
    hint: `A person may allow it: oxbow hosts allow ${host.address || ![80, 443].includes(port) ? place : host.name}`,
  }
  if (host.address && reachOf(host.name) === 'never') {
    throw new EgressRefusal('address', `${place} is never reached: it is ${kindOf(host.name)}.`, at)
  }
  const why = denied?.(host.name, port)
  if (why !== undefined) throw new EgressRefusal('rule', `${place} is not reached: ${why}.`, at)
  if (within && !within.some((rule) => covers(rule, host, port))) {
    throw new EgressRefusal('workspace', `${place} is not among the hosts that this workspace allows.`, {
      ...at,
      hint: 'A person may add it to sandbox.allow_hosts in the .oxbow/config.toml of the workspace.',
    })
  }
  if (isLocal(host) && !allowed.some((rule) => namesLocal(rule, host, port))) {
    throw new EgressRefusal('host', `${place} leads to ${localKind(host)}, and nobody allowed that.`, askable)
  }
  if (allowed.some((rule) => covers(rule, host, port))) return
  const known = allowed.some((rule) => namesHost(rule, host))
  throw known
    ? new EgressRefusal('port', `${inUrl(host)} is allowed, but not its port ${port}.`, askable)
    : new EgressRefusal('host', `${place} is not among the allowed hosts.`, askable)
}

/**
 * Judges every address a host resolved to. One that is not public spoils them all: a mixed answer is how a name is bent
 * from outside to inside.
 * @returns the addresses to connect to, and no others
 * @throws EgressRefusal `egress.address`, `egress.rule`
 */
export function judgeAddresses(
  { host, port }: Target,
  addresses: readonly string[],
  { allowed, denied }: AllowList,
): readonly string[] {
  for (const address of addresses) {
    const why = denied?.(address, port)
    if (why !== undefined)
      throw new EgressRefusal('rule', `${inUrl(host)} leads to ${address}: ${why}.`, { host: host.name, port })
    const reach = reachOf(address)
    if (reach === 'public') continue
    const named =
      reach === 'local' &&
      (isLocalhost(host)
        ? kindOf(address) === 'this computer itself'
        : allowed.some((rule) => rule.host.address && namesLocal(rule, { name: address }, port)))
    if (named) continue
    const message = `${inUrl(host)} leads to ${address}, which is ${kindOf(address)}.`
    throw new EgressRefusal('address', message, {
      host: host.name,
      port,
      ...(reach === 'local' && { hint: `A person may allow ${inUrl({ name: address })}:${port} as well, if that is meant.` }),
    })
  }
  return addresses
}

/** @param limit what the rules leave there, see `methodsFor`. @throws EgressRefusal `egress.method` */
export function judgeMethod(method: string, { host, port }: Target, limit: readonly string[] = METHODS): void {
  if (METHODS.includes(method) && limit.includes(method)) return
  const shown = method.slice(0, 20)
  const at = { host: host.name, port }
  if (!METHODS.includes(method)) throw new EgressRefusal('method', `The method ${shown} is not let out.`, at)
  const left = limit.length === 0 ? 'no method' : `only ${limit.join(', ')}`
  throw new EgressRefusal('method', `${shown} is not let out to ${inUrl(host)}:${port}: ${left} is allowed there.`, {
    ...at,
    hint: `A person may allow more: oxbow hosts allow '${shown} ${inUrl(host)}:${port}'`,
  })
}

const localKind = (host: Host): string => (isLocalhost(host) ? 'this computer itself' : kindOf(host.name))
