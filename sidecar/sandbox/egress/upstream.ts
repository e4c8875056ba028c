import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { OxbowError } from '../../foundation/index.ts'
import { type Host, inUrl, isLocalhost, type Target } from '../../policy/egress/index.ts'

/** Of an answer to CONNECT; more than that is none. */
const MOST_HEAD = 16 * 1024

/** The proxy of a company, which all that goes out has to pass. */
export interface Upstream {
  host: string
  port: number
  /** Whether it is spoken to by TLS itself. */
  secure: boolean
  authorization?: string | undefined
  /** Whether a host is reached without it: this computer, addresses, and what `NO_PROXY` names. */
  bypasses(target: Target): boolean
}

/**
 * @param setting `http://proxy:8080`, `none` for no proxy whatever the environment says; unset: `HTTPS_PROXY`
 * @throws OxbowError `config.invalid`
 */
export function readUpstream(setting: string | undefined, env: NodeJS.ProcessEnv): Upstream | undefined {
  if (setting === 'none') return undefined
  const fromEnv = env.HTTPS_PROXY || env.https_proxy || env.ALL_PROXY || env.all_proxy
  const text = setting ?? fromEnv
  if (text === undefined || text === '') return undefined
  const name = setting === undefined ? 'HTTPS_PROXY' : 'network.upstream_proxy'
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    // What it holds may be a password: it is not repeated.
    throw new OxbowError(
      'BAD_REQUEST',
      'config.invalid',
      `${name} names no proxy`,
      'Set it to http://host:port or https://host:port.',
    )
  }
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    secure: url.protocol === 'https:',
    ...(url.username !== '' && { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    bypasses: bypassOf(env.NO_PROXY || env.no_proxy || ''),
  }
}

/** `NO_PROXY` as most programs read it: names with all below them, with a port or without, `*` for all. */
function bypassOf(list: string): Upstream['bypasses'] {
  const named = list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()))
    .flatMap((found) => (found?.[1] === undefined ? [] : [{ name: found[1], port: found[2] && Number(found[2]) }]))
  return ({ host, port }) =>
    host.address ||
    isLocalhost(host) ||
    named.some(
      (one) =>
        one.name === '*' ||
        ((host.name === one.name || host.name.endsWith(`.${one.name}`)) && (one.port === undefined || one.port === port)),
    )
}

/**
 * Opens a tunnel through the upstream proxy, which looks the name up by itself.
 * @throws OxbowError `egress.upstream`
 */
export async function connectThrough(
  upstream: Upstream,
  { host, port }: Target,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  const at = { host: upstream.host, port: upstream.port, ...(signal && { signal }) }
  const socket = upstream.secure
    ? connectTls({ ...at, servername: upstream.host, ALPNProtocols: ['http/1.1'] })
    : connect({ ...at, allowHalfOpen: true })
  const timer = setTimeout(() => socket.destroy(new Error('it did not answer in time')), timeoutMs)
  try {
    const authority = `${inUrl(host)}:${port}`
    const proof = upstream.authorization === undefined ? '' : `Proxy-Authorization: ${upstream.authorization}\r\n`
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`)
    const status = await readHead(socket)
    if (status < 200 || status > 299) throw new Error(status === 407 ? 'it asks for a password' : `it answered ${status}`)
    return socket
  } catch (error) {
    socket.destroy()
    throw failed(upstream, host, port, (error as NodeJS.ErrnoException).code ?? (error as Error).message)
  } finally {
    clearTimeout(timer)
  }
}

/** The status of an answer's head; what follows it stays in the socket. */
function readHead(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const over = (): void => {
      socket.off('data', look).off('error', fail).off('end', closed).off('close', closed)
      socket.pause()
    }
    const fail = (error: Error): void => {
      over()
      reject(error)
    }
    const closed = (): void => fail(new Error('it broke off'))
    const look = (piece: Buffer): void => {
      head = Buffer.concat([head, piece])
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) {
        if (head.length > MOST_HEAD) fail(new Error('its answer is none'))
        return
      }
      over()
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4))
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, end))?.[1]
      if (status === undefined) reject(new Error('its answer is none'))
      else resolve(Number(status))
    }
    socket.on('data', look).on('error', fail).on('end', closed).on('close', closed)
  })
}

function failed(upstream: Upstream, host: Host, port: number, why: string): OxbowError {
  return new OxbowError(
    'SERVICE_UNAVAILABLE',
    'egress.upstream',
    `${inUrl(host)}:${port} could not be reached through the proxy ${upstream.host}:${upstream.port}: ${why}.`,
    'The proxy is set by network.upstream_proxy or HTTPS_PROXY; NO_PROXY names what is reached without it.',
  )
}
