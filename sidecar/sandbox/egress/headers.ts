import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { OxbowError } from '../../foundation/index.ts'
import { inUrl, mentionsSecret, putIn, type Receiver, type Revealed, type SecretSource } from '../../policy/egress/index.ts'
import { maskText } from './mask.ts'

/** What is meant for the next hop only. */
const HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Without what is meant for this hop only, also what `Connection` names as such. */
export function passedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/)
  const dropped = new Set([...HOP, ...named])
  // Without its length, the next hop would take a body for a request.
  dropped.delete('content-length')
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && !dropped.has(name)))
}

/** Headers with values in the place of references, also inside Basic credentials. @throws EgressRefusal `egress.secret` */
export function withSecrets(
  headers: OutgoingHttpHeaders,
  source: SecretSource,
  to: Receiver,
  revealed: Revealed,
): OutgoingHttpHeaders {
  const replace = (text: string): string => {
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(text)?.[1]
    const inside = basic && Buffer.from(basic, 'base64').toString()
    if (!inside || !mentionsSecret(inside)) return putIn(text, source, to, revealed)
    const within: Revealed = new Map()
    const encoded = Buffer.from(putIn(inside, source, to, within)).toString('base64')
    for (const [value, name] of within) {
      revealed.set(value, name)
      // A server may echo the header as it came.
      revealed.set(encoded, `${name}:basic`)
    }
    return `Basic ${encoded}`
  }
  const given = mapValues(headers, replace)
  if (revealed.size === 0) return headers
  // Part of an answer could hold a part of a value, and what is encoded any of it: neither would be found.
  const { range: _, 'if-range': __, ...whole } = given
  return { ...whole, 'accept-encoding': 'identity' }
}

/**
 * Whether an answer can be searched for what was put in.
 * @throws OxbowError `egress.encoding`
 */
export function mustBePlain(headers: IncomingHttpHeaders, { host, port }: Receiver): void {
  const codings = [headers['content-encoding'], headers['transfer-encoding']]
    .join(',')
    .toLowerCase()
    .split(/\s*,\s*/)
  const unasked = codings.find((coding) => !['', 'identity', 'chunked'].includes(coding))
  if (unasked === undefined) return
  throw new OxbowError(
    'SERVICE_UNAVAILABLE',
    'egress.encoding',
    `${inUrl(host)}:${port} was sent a secret, and its answer is encoded (${unasked.slice(0, 40)}), which was not asked for: it cannot be searched for the secret.`,
    'Ask for something that it does not send so.',
  )
}

export const maskHeaders = (headers: OutgoingHttpHeaders, revealed: Revealed): OutgoingHttpHeaders =>
  mapValues(headers, (text) => maskText(text, revealed))

function mapValues(headers: OutgoingHttpHeaders, change: (text: string) => string): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(change) : typeof value === 'string' ? change(value) : value,
    ]),
  )
}
