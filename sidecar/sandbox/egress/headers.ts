import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { mentionsSecret, putIn, type Receiver, type Revealed, type SecretSource } from '../../policy/egress/index.ts'
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
    const encoded = Buffer.from(putIn(inside, source, to, revealed)).toString('base64')
    // A server may echo the header as it came.
    for (const name of [...revealed.keys()]) revealed.set(`${name}:basic`, encoded)
    return `Basic ${encoded}`
  }
  return mapValues(headers, replace)
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
