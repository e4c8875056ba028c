import type { Dispatcher } from 'undici'
import { OxbowError } from '../../foundation/index.ts'
import {
  besideReferences,
  EgressRefusal,
  type HostRule,
  isLocalhost,
  judgeRequest,
  type ReadUrl,
  type Revealed,
  readHostRule,
  readUrl,
  refuseSecrets,
} from '../../policy/egress/index.ts'
import type { Egress, Sender } from './egress.ts'
import { maskHeaders, mustBePlain, withSecrets } from './headers.ts'
import { holdsValue, longEnough, readingsOf } from './known-values.ts'
import { maskBody, maskText } from './mask.ts'
import { connectTo, findWay, pinned, unreachable, type Way } from './way.ts'

const MOST_REDIRECTS = 5
const CONNECT_MS = 10_000
const MOST_HEADER_BYTES = 32 * 1024

export interface FetchOptions {
  of: Sender
  /** Whether the gate let this very address through: its host counts as allowed, unless it is a local service. */
  approved: boolean
  /** Host rules that a person lent to this call. */
  lent?: readonly string[] | undefined
  headers?: Readonly<Record<string, string>> | undefined
  /** Asked before each address that it is led on to, once that may be reached. @throws where it shall not be followed */
  follow?(url: string): Promise<void>
  signal: AbortSignal
  timeoutMs: number
  mostBytes: number
}

export interface Fetched {
  /** Where it was found in the end. */
  url: string
  status: number
  /** Lower-case, without parameters: `text/html`. */
  type: string
  body: Buffer
  /** Whether there was more than was taken. */
  cut: boolean
}

/** Fetches for our own tools: every hop is judged anew, and connected to the addresses that were checked only. */
export interface Fetcher {
  /** @throws EgressRefusal; OxbowError `egress.lookup`, `egress.connect` */
  get(url: string, options: FetchOptions): Promise<Fetched>
}

export function createFetcher(egress: Egress): Fetcher {
  return {
    async get(url, options) {
      const first = readUrl(url)
      try {
        return await follow(egress, first, options)
      } catch (error) {
        egress.noteRefused(options.of, error)
        throw error
      }
    },
  }
}

async function follow(egress: Egress, first: ReadUrl, options: FetchOptions): Promise<Fetched> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  let at = first
  let headers = options.headers ?? {}
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const { allowed, ...rest } = await egress.allowed(options.of)
    const own = [...(options.approved ? asRule(first) : []), ...(options.lent ?? []).map(readHostRule)]
    const list = { allowed: [...allowed, ...own], ...rest }
    const way = await findWay(at, list, egress, options.of)
    judgeRequest({ method: 'GET', headers }, at, list)
    if (hop > 0) await options.follow?.(at.url.href)
    const answer = await once(egress, at, way, { ...options, headers, signal })
    if (answer.next === undefined) return answer.fetched
    const next = readUrl(URL.parse(answer.next, at.url)?.href ?? answer.next)
    if (at.scheme === 'https' && next.scheme === 'http')
      throw new EgressRefusal('redirects', `${at.url.href} leads on to an address that is not encrypted.`, {
        host: next.host.name,
        port: next.port,
      })
    // What was meant for one host is not shown to another.
    if (next.host.name !== at.host.name || next.port !== at.port) headers = {}
    at = next
  }
  throw new EgressRefusal('redirects', `${first.url.href} leads on more than ${MOST_REDIRECTS} times.`)
}

/** The host that a person's yes named, to get from. This computer and its networks stay to be named in the settings. */
function asRule({ host, scheme, port }: ReadUrl): HostRule[] {
  const rule: HostRule = { host, below: false, methods: ['GET'] }
  const usual = port === (scheme === 'https' ? 443 : 80)
  return host.address || isLocalhost(host) || usual ? [rule] : [rule, { ...rule, port }]
}

async function once(
  egress: Egress,
  { url, scheme, host, port }: ReadUrl,
  way: Way,
  { of, headers: given = {}, signal, mostBytes }: FetchOptions,
): Promise<{ next: string } | { next?: undefined; fetched: Fetched }> {
  const { Agent, buildConnector, request } = await import('undici')
  const { whole, asked, joined } = readingsOf(url.href)
  for (const reading of whole) refuseSecrets(reading, 'an address')
  const said = Object.entries(given).map((pair) => besideReferences(pair.join(': ')))
  // What is asked also by itself: ids are a part of many addresses.
  const texts = [...whole, ...asked, ...said]
  if (texts.some((text) => egress.holdsKey(text)) || holdsValue([...texts, ...joined], longEnough(egress.knownKeys())))
    throw new EgressRefusal('secret', 'What would be sent holds a key.', {
      host: host.name,
      port,
      hint: 'Keep it as a secret, and name it as {{secret:name}}.',
    })
  const revealed: Revealed = new Map()
  const own = {
    'user-agent': USER_AGENT,
    accept: 'text/html,application/xhtml+xml,text/*,application/json,application/pdf;q=0.9,*/*;q=0.5',
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value])),
  }
  const receiver = { host, port, encrypted: scheme === 'https', session: of.session }
  const headers = egress.secrets ? withSecrets(own, egress.secrets, receiver, revealed) : own
  const straight = buildConnector({
    lookup: pinned(way),
    timeout: CONNECT_MS,
    autoSelectFamily: way.addresses.length > 1,
    ...(egress.roots && { ca: [...egress.roots] }),
  })
  const connect: typeof straight = (options, done) => {
    if (way.upstream === undefined) return straight(options, done)
    connectTo(way, CONNECT_MS, signal).then(
      (socket) => (scheme === 'https' ? straight({ ...options, httpSocket: socket }, done) : done(null, socket)),
      (error: Error) => done(error, null),
    )
  }
  const agent = new Agent({
    connect,
    maxHeaderSize: MOST_HEADER_BYTES,
    pipelining: 0,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  })
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method: 'GET',
      headers: { ...headers, 'accept-encoding': 'identity' } as Record<string, string>,
      signal,
    })
    const location = answer.headers.location
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof location === 'string') {
      await answer.body.dump({ limit: 64 * 1024 }).catch(() => {})
      return { next: maskText(location, revealed) }
    }
    if (revealed.size > 0) mustBePlain(answer.headers, receiver)
    const { bytes, cut } = await take(answer.body, mostBytes)
    const type = String(maskHeaders({ type: String(answer.headers['content-type'] ?? '') }, revealed).type)
    const body = maskBody(bytes, cut, revealed)
    return { fetched: { url: url.href, status: answer.statusCode, type: type.split(';')[0]!.trim().toLowerCase(), body, cut } }
  } catch (error) {
    if (error instanceof OxbowError) throw error
    if (signal.aborted) throw unreachable(host, port, 'it took too long')
    throw unreachable(host, port, (error as NodeJS.ErrnoException).code ?? (error as Error).message)
  } finally {
    await agent.destroy()
  }
}

const USER_AGENT = "Oxbow/1.0 (a person's own agent)"

async function take(body: Dispatcher.ResponseData['body'], most: number): Promise<{ bytes: Buffer; cut: boolean }> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece.subarray(0, most - size))
    size += piece.length
    if (size > most) return { bytes: Buffer.concat(pieces), cut: true }
  }
  return { bytes: Buffer.concat(pieces), cut: false }
}
