import { OxbowError } from '../foundation/index.ts'
import { globOf } from './glob.ts'

/** A host that a call names or a connection leads to. */
export interface NamedHost {
  /** As `hostName` spells it. */
  name: string
  /** Where it is known. */
  port?: number | undefined
}

/** Which hosts a rule is about: `example.com`, `*.example.com`, `*`, `api-?.example.com`, each also with a port. */
export interface HostPattern {
  /** The one way to write it. */
  text: string
  /** @param strict what forbids or asks leaves no gap: then an unknown port counts as the one it names */
  fits(host: NamedHost, strict: boolean): boolean
}

/**
 * A host by its one spelling: lower case, letters of other scripts as ASCII, no dot at the end, addresses as numbers, IPv6 in
 * brackets. Undefined where it is none.
 */
export function hostName(text: string): string | undefined {
  if (text === '' || /[\s/\\?#@]/.test(text)) return undefined
  const bare = text.includes(':') && !text.startsWith('[')
  const url = URL.parse(`http://${bare ? `[${text}]` : text}`)
  return url?.port === '' ? url.hostname.replace(/\.$/, '') : undefined
}

/** Reads what a rule says of hosts, an address such as `https://example.com:8443/` too. @throws OxbowError `policy.host` */
export function readHostPattern(text: string): HostPattern {
  const authority = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/]*)\/?$/i.exec(text.trim())?.[1]
  if (authority === undefined) throw unreadable(text, 'a rule is about a host, with all that is on it')
  const ipv6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(authority)
  const [, written, digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}|\*))?$/.exec(ipv6 ? `[${authority}]` : authority) ?? []
  if (!written) throw unreadable(text, 'it is not of the form host or host:port')
  const port = digits === undefined || digits === '*' ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) throw unreadable(text, 'ports go from 1 to 65535')
  const { name, fits } = readName(written, text)
  return {
    text: port === undefined ? name : `${name}:${port}`,
    fits: (host, strict) => fits(host.name) && (port === undefined || port === host.port || (strict && host.port === undefined)),
  }
}

function readName(written: string, text: string): { name: string; fits(name: string): boolean } {
  const below = written.startsWith('*.')
  const whole = below ? written.slice(2) : written
  if (!/[*?{}]/.test(whole) && (whole.startsWith('[') || !/[[\]]/.test(whole))) {
    const host = hostName(whole)
    if (host === undefined) throw unreadable(text, 'no host is called so')
    if (below && /^(?:\[|[\d.]+$)/.test(host)) throw unreadable(text, 'nothing lies below an address')
    return below
      ? { name: `*.${host}`, fits: (name) => name.endsWith(`.${host}`) }
      : { name: host, fits: (name) => name === host }
  }
  const name = written.toLowerCase()
  if (/[^\x21-\x7e]/.test(name)) throw unreadable(text, 'a pattern is of ASCII letters alone (xn--…)')
  const glob = globOf(name)
  return { name, fits: (host) => glob.fits(host, true) }
}

const unreadable = (text: string, why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'policy.host',
    `"${text.slice(0, 200)}" names no host: ${why}.`,
    'Write example.com, *.example.com, example.com:8443 or localhost:11434.',
  )
