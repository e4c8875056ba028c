import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import { AnswerPieces } from './answer-pieces.ts'

/** A connection that rests is closed after so long, in milliseconds: sooner than servers do it. */
const REST_MS = 4000

const agentOptions = {
  keepAlive: true,
  timeout: REST_MS,
  ...(process.env.NODE_USE_ENV_PROXY === '1' && { proxyEnv: process.env }),
}
const plain = new http.Agent(agentOptions)
const secure = new https.Agent(agentOptions)

/**
 * Sends a request and waits for the head of the answer. A redirect is an answer like any other. Leaner than `fetch`, with
 * whose streams a thousand answers at once do not keep up.
 * @throws what the socket throws, and `AbortError`
 */
export function exchange(url: string, init: RequestInit, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const target = new URL(url)
  const [{ request: open }, agent] = target.protocol === 'https:' ? [https, secure] : [http, plain]
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  new Headers(init.headers).forEach((value, name) => {
    headers[name] = value
  })
  const request = open(target, { method: init.method ?? 'GET', headers, agent, signal })
  request.once('response', resolve)
  // Stays: what goes wrong later is told by the answer too, and must not end the process.
  request.on('error', reject)
  request.end(bytesOf(init.body))
  return promise
}

function bytesOf(body: RequestInit['body']): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new TypeError('the body of a request to a model is text')
}

export interface Head {
  status: number
  statusText: string
  headers: Headers
}

/** The head of an answer as SDKs know it. */
export function headOf({ statusCode = 0, statusMessage = '', rawHeaders }: IncomingMessage): Head {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  return { status: statusCode, statusText: statusMessage, headers }
}

/** The body of an answer; unpacked where a server packs it unasked. */
export function bodyOf(answer: IncomingMessage): AnswerPieces {
  const coding = answer.headers['content-encoding'] ?? 'identity'
  if (coding === 'identity') return new AnswerPieces(answer)
  const decoder = answer.pipe(coding === 'br' ? createBrotliDecompress() : createUnzip())
  answer.once('error', (error) => decoder.destroy(error))
  decoder.once('close', () => answer.destroy())
  return new AnswerPieces(decoder)
}
