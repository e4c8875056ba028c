import { type IncomingMessage, request as overHttp, type ServerResponse } from 'node:http'
import { request as overHttps } from 'node:https'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect as connectTls } from 'node:tls'
import {
  EgressRefusal,
  inUrl,
  isLocal,
  judgeRequest,
  mentionsSecret,
  type Revealed,
  refuseSecrets,
} from '../../policy/egress/index.ts'
import type { Guest } from './guests.ts'
import { maskHeaders, mustBePlain, passedOn, withSecrets } from './headers.ts'
import { holdsValue, longEnough, readingsOf, refuseValues } from './known-values.ts'
import type { Limits } from './limits.ts'
import { maskStream } from './mask.ts'
import { connectTo, findWay, leadsBeyond, type Roads, toWay, unreachable } from './way.ts'

export interface Forwarding extends Roads {
  limits: Limits
  /** Certificates trusted beside the system's. */
  roots?: readonly string[] | undefined
  /** Whether a text holds a key. */
  holdsKey(text: string): boolean
  /** The keys of this computer by value. */
  knownKeys(): readonly string[]
}

/** Where a request of a box goes: the host it was allowed for, and the path it asked for there. */
export interface Errand {
  guest: Guest
  scheme: 'http' | 'https'
  target: Parameters<typeof findWay>[0]
  path: string
}

/**
 * Sends a request of a box on, with values in the place of references, and its answer back without them.
 * @throws EgressRefusal, OxbowError `egress.*`
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { guest, scheme, target, path }: Errand,
  { limits, roots, holdsKey, knownKeys, ...roads }: Forwarding,
): Promise<void> {
  const { host, port } = target
  const method = request.method ?? 'GET'
  const list = await guest.list()
  judgeRequest({ method, headers: request.headers }, target, list)
  const inPlainWords = scheme === 'http' && !isLocal(host)
  const known = inPlainWords ? longEnough(knownKeys()) : []
  const refusal = () => new EgressRefusal('secret', 'What would be sent in plain words holds a key.', { host: host.name, port })
  const said = Object.values(request.headers).join('\n')
  const { whole: readings, asked, joined } = readingsOf(path)
  for (const reading of readings) refuseSecrets(reading, 'an address')
  if ((inPlainWords && asked.some(holdsKey)) || holdsValue([...readings, ...asked, ...joined, said], known)) throw refusal()
  const way = await findWay(target, list, roads, guest)
  guest.carried ||= leadsBeyond(way)
  const revealed: Revealed = new Map()
  const receiver = { host, port, encrypted: scheme === 'https', session: guest.session }
  let headers = passedOn(request.headers)
  if (guest.secrets && bears(headers)) headers = withSecrets(headers, guest.secrets, receiver, revealed)
  // How a body is framed is up to each hop.
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked'
  const usual = scheme === 'https' ? 443 : 80
  headers.host = port === usual ? inUrl(host) : `${inUrl(host)}:${port}`

  const ending = new AbortController()
  response.once('close', () => ending.abort())
  const whole = setTimeout(() => ending.abort(), limits.wholeMs)
  try {
    const through = way.upstream && (await connectTo(way, limits.connectMs, ending.signal))
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { ...toWay(way), method, path, headers, agent: false, signal: ending.signal }
      const secure = { servername: host.address ? '' : host.name, ...(roots && { ca: [...roots] }) }
      // An agent would open a connection of its own.
      const line = through && {
        agent: undefined,
        createConnection: () => (scheme === 'https' ? connectTls({ ...secure, socket: through }) : through),
      }
      const outgoing = scheme === 'https' ? overHttps({ ...options, ...secure, ...line }) : overHttp({ ...options, ...line })
      // It was held until somebody reads it.
      outgoing.once('socket', (socket) => void socket.resume())
      const fail = (why: string): void => {
        clearTimeout(timer)
        outgoing.destroy()
        reject(unreachable(host, port, why))
      }
      const timer = setTimeout(() => fail('it did not answer in time'), limits.headMs)
      outgoing.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
      outgoing.once('response', (incoming) => {
        clearTimeout(timer)
        outgoing.setTimeout(limits.idleMs, () => outgoing.destroy())
        resolve(incoming)
      })
      const guard = known.length > 0 ? [refuseValues(known, refusal)] : []
      pipeline([request, ...guard, outgoing]).catch((error: unknown) => {
        if (error instanceof EgressRefusal) reject(error)
      })
    })
    let head = passedOn(answer.headers)
    if (revealed.size > 0) {
      mustBePlain(answer.headers, receiver)
      delete head['content-length']
      head = maskHeaders(head, revealed)
    }
    response.writeHead(answer.statusCode ?? 502, head)
    const mask = revealed.size > 0 ? [maskStream(revealed)] : []
    await pipeline([answer, bounded(limits.bytes), ...mask, response])
  } catch (error) {
    // Once the head was sent there is no other way to say that the rest is missing.
    if (response.headersSent) response.destroy()
    else throw error
  } finally {
    clearTimeout(whole)
  }
}

/** Lets so many bytes through, then fails. */
export function bounded(most: number): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      seen += chunk.length
      if (seen > most) done(new Error('the answer is too long'))
      else done(null, chunk)
    },
  })
}

const bears = (headers: Record<string, unknown>): boolean =>
  Object.entries(headers).some(
    ([name, value]) =>
      name === 'authorization' || (Array.isArray(value) ? value : [value]).some((text) => mentionsSecret(String(text))),
  )
