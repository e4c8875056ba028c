import { OxbowError } from '../../foundation/index.ts'
import { type Host, inUrl, readHost } from './host.ts'

/** The methods that are let out at all. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * A host that may be reached: `example.com`, `*.example.com`, `example.com:8443`, `localhost:11434`, `[::1]:8080`,
 * `10.0.0.5:*`, each also by some methods only: `GET,HEAD example.com`.
 */
export interface HostRule {
  readonly host: Host
  /** Everything below the name, not the name itself. */
  readonly below: boolean
  /** Absent: the web's own, 80 and 443. */
  readonly port?: number | 'any'
  /** Absent: all that are let out. */
  readonly methods?: readonly string[]
}

const WEB: readonly (number | 'any' | undefined)[] = [80, 443]

/** @throws OxbowError `egress.rule` */
export function readHostRule(text: string): HostRule {
  const wrong = (why: string): OxbowError =>
    new OxbowError(
      'BAD_REQUEST',
      'egress.rule',
      `"${text.slice(0, 200)}" names no host: ${why}.`,
      'Write example.com, *.example.com, example.com:8443, localhost:11434 or GET,HEAD example.com.',
    )
  const [, methods, place = ''] = /^(?:([a-z,]+) +)?(.*)$/i.exec(text.trim()) ?? []
  const [, below, name, written] = /^(\*\.)?(\[[^\]]*\]|[^:*]*)(?::(\d{1,5}|\*))?$/.exec(place) ?? []
  if (name === undefined) throw wrong('it is not of the form host or host:port')
  let host: Host
  try {
    host = readHost(name)
  } catch (error) {
    throw wrong((error as Error).message)
  }
  if (below && host.address) throw wrong('nothing lies below an address')
  if (below && !host.name.includes('.')) throw wrong('it would allow everything that ends so')
  const asked = methods?.toUpperCase().split(',')
  const unknown = asked?.find((method) => !METHODS.includes(method))
  if (unknown !== undefined) throw wrong(`"${unknown}" is none of the methods ${METHODS.join(', ')}`)
  const only = asked && { methods: METHODS.filter((method) => asked.includes(method)) }
  if (written === undefined) return { host, below: below !== undefined, ...only }
  const port = written === '*' ? 'any' : Number(written)
  if (port !== 'any' && (port < 1 || port > 65_535)) throw wrong('ports go from 1 to 65535')
  return { host, below: below !== undefined, port, ...only }
}

/** The one way to write a rule. */
export function writeHostRule({ host, below, port, methods }: HostRule): string {
  return `${methods === undefined ? '' : `${methods.join(',')} `}${below ? '*.' : ''}${inUrl(host)}${port === undefined ? '' : `:${port === 'any' ? '*' : port}`}`
}

/** Whether a rule names this host, whatever the port and method. */
export function namesHost({ host, below }: HostRule, { name }: Pick<Host, 'name'>): boolean {
  return below ? name.endsWith(`.${host.name}`) : name === host.name
}

export function covers(rule: HostRule, host: Pick<Host, 'name'>, port: number): boolean {
  return namesHost(rule, host) && (rule.port === undefined ? WEB.includes(port) : rule.port === 'any' || rule.port === port)
}

/** Whether a rule names an address or `localhost` together with a port: only so is a local service reached. */
export function namesLocal(rule: HostRule, host: Pick<Host, 'name'>, port: number): boolean {
  return rule.port !== undefined && !rule.below && covers(rule, host, port)
}
