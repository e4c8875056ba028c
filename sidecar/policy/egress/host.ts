import ipaddr from 'ipaddr.js'
import { EgressRefusal } from './refusal.ts'

/** A host by its one canonical spelling: a lower-case ASCII name, or an IP address without brackets. */
export interface Host {
  readonly name: string
  readonly address: boolean
}

const MOST_NAME = 253
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
const FOUR_PARTS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/
/** What the WHATWG rules take for an IPv4 address: `127.1`, `0x7f.0.0.1`, `2130706433`. */
const LIKE_A_NUMBER = /^(?:\d+|0x[0-9a-f]*)$/

/**
 * Reads a host as it stands in a request line, a rule, or between the brackets of a URL. There is one way to write each
 * host: other spellings of an address (octal, hex, short, with a zone) are how checks are passed, so they are refused.
 * @throws EgressRefusal `egress.name`
 */
export function readHost(text: string): Host {
  if (text.startsWith('[') && text.endsWith(']')) return readAddress(text.slice(1, -1), text)
  if (text.includes(':')) return readAddress(text, text)
  if (!/^[\x21-\x7e]+$/.test(text)) throw badName(text, 'it holds characters that no host name has')
  const lower = text.toLowerCase()
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower
  if (FOUR_PARTS.test(name)) return { name, address: true }
  const labels = name.split('.')
  if (name.length > MOST_NAME) throw badName(text, `it is longer than ${MOST_NAME} characters`)
  if (!labels.every((label) => LABEL.test(label))) throw badName(text, 'it is no host name')
  if (LIKE_A_NUMBER.test(labels.at(-1)!)) throw badName(text, 'it is an address in a disguise')
  return { name, address: false }
}

function readAddress(text: string, shown: string): Host {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) throw badName(shown, 'it is no IPv6 address')
  return { name: ipaddr.IPv6.parse(text).toString(), address: true }
}

/**
 * Reads `host:port`, as CONNECT names what it wants.
 * @throws EgressRefusal `egress.name`
 */
export function readAuthority(text: string, otherwise?: number): { host: Host; port: number } {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (host === undefined) throw badName(text, 'it is no host and port')
  const number = port === undefined ? otherwise : Number(port)
  if (number === undefined || number < 1 || number > 65_535) throw badName(text, 'it has no valid port')
  return { host: readHost(host), port: number }
}

/** A host as it stands in a URL or before a port. */
export const inUrl = ({ name }: Pick<Host, 'name'>): string => (name.includes(':') ? `[${name}]` : name)

/** An address that a request names, taken apart. */
export interface ReadUrl {
  readonly url: URL
  readonly scheme: 'http' | 'https'
  readonly host: Host
  readonly port: number
}

/**
 * Reads an http(s) URL, and refuses one that shows another host than it leads to.
 * @throws EgressRefusal `egress.url`, `egress.scheme`, `egress.name`
 */
export function readUrl(text: string): ReadUrl {
  const refuse = (why: string): EgressRefusal => new EgressRefusal('url', `"${shorten(text)}" is not fetched: ${why}.`)
  if (text.length > 8192) throw refuse('it is longer than 8192 characters')
  // The URL parser drops tabs and line breaks wherever they stand, and takes a backslash for a slash.
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text)) throw refuse('it holds white space, control characters or a backslash')
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text) ?? []
  if (scheme === undefined || !authority) throw refuse('it is no absolute URL such as https://example.com/')
  if (!/^https?$/i.test(scheme)) {
    throw new EgressRefusal('scheme', `"${shorten(text)}" is not fetched: only http and https are.`)
  }
  if (authority.includes('@')) throw refuse('it holds a name or password before the host')
  const url = URL.parse(text)
  if (!url) throw refuse('it is no valid URL')
  const written = authority.replace(/:\d*$/, '').toLowerCase()
  const host = readHost(url.hostname)
  // What is not ASCII may become any name; as an international name it at least stays one.
  const same = /^[\x21-\x7e]+$/.test(written)
    ? readHost(written).name === host.name
    : url.hostname.split('.').some((label) => label.startsWith('xn--'))
  if (!same) throw refuse(`it is written as if it led elsewhere than to ${host.name}`)
  const kind = url.protocol === 'https:' ? 'https' : 'http'
  return { url, scheme: kind, host, port: url.port === '' ? (kind === 'https' ? 443 : 80) : Number(url.port) }
}

const shorten = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '�').slice(0, 200)

const badName = (text: string, why: string): EgressRefusal =>
  new EgressRefusal('name', `"${shorten(text)}" is no host to reach: ${why}.`, {
    hint: 'Name it as example.com, 192.0.2.1 or [2001:db8::1].',
  })
