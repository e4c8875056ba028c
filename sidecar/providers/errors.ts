import { OxbowError, toFailure } from '../foundation/index.ts'
import type { ProviderEvent } from './provider.ts'

/** Whom a call goes to: what its failures name, and the key they must never show. */
export interface Target {
  provider: string
  model: string
  baseUrl: string
  key?: string | undefined
  keyEnv?: string | undefined
  /** What is sent besides; any of it may be secret too. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Told the head of each answer of the model. */
  heard?: ((model: string, headers: Headers) => void) | undefined
}

/** What the wire saw before the call failed. */
export interface WireState {
  responded: boolean
  timedOut: 'connect' | 'idle' | undefined
}

export type ErrorEvent = Extract<ProviderEvent, { type: 'error' }>

type Cause =
  | 'keyWrong'
  | 'modelUnknown'
  | 'quota'
  | 'rateLimited'
  | 'overloaded'
  | 'timeout'
  | 'connection'
  | 'brokenStream'
  | 'badRequest'
  | 'contextTooLong'
  | 'server'

const RETRYABLE: ReadonlySet<Cause> = new Set(['rateLimited', 'overloaded', 'timeout', 'connection', 'brokenStream', 'server'])

/** Vendors' own error codes and types; they say more than the status does. */
const BY_TYPE: ReadonlyMap<string, Cause> = new Map([
  ['insufficient_quota', 'quota'],
  ['billing_error', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['context_length_exceeded', 'contextTooLong'],
  ['exceed_context_size_error', 'contextTooLong'],
  ['model_not_found', 'modelUnknown'],
  ['not_found_error', 'modelUnknown'],
  ['overloaded_error', 'overloaded'],
  ['server_is_overloaded', 'overloaded'],
  ['slow_down', 'overloaded'],
  ['API_KEY_INVALID', 'keyWrong'],
  ['DAILY_QUOTA', 'quota'],
])

/** Types so broad that a status says more; they count where an error comes in mid-stream, without one. */
const BY_BROAD_TYPE: ReadonlyMap<string, Cause> = new Map([
  ['authentication_error', 'keyWrong'],
  ['permission_error', 'keyWrong'],
  ['invalid_api_key', 'keyWrong'],
  ['rate_limit_exceeded', 'rateLimited'],
  ['rate_limit_error', 'rateLimited'],
  ['RESOURCE_EXHAUSTED', 'rateLimited'],
  ['UNAVAILABLE', 'overloaded'],
  ['INVALID_ARGUMENT', 'badRequest'],
  ['timeout_error', 'timeout'],
  ['invalid_request_error', 'badRequest'],
  ['invalid_prompt', 'badRequest'],
  ['data_residency_mismatch', 'badRequest'],
  ['bio_policy', 'badRequest'],
  ['misalignment_policy_violation', 'badRequest'],
])

/** Refusals of a picture, of which OpenAI has fifteen. */
const ABOUT_IMAGES = /image/

/** The one thing no vendor below gives a code for: Anthropic, vLLM and older servers say it in words only. */
const TOO_LONG_IN_WORDS =
  /^prompt is too long|maximum context length|exceeds the available context size|input token count .*exceeds the maximum/i

/** Causes that a second try cannot mend. */
const LASTING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ERR_INVALID_URL', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'])

/** Any error of an SDK or a socket as the last event of a stream. Never shows the key. */
export function errorEvent(error: unknown, target: Target, wire: WireState): ErrorEvent {
  // What we refuse ourselves says already what to do.
  if (error instanceof OxbowError) return { type: 'error', failure: toFailure(error), retryable: false }
  const vendor = readVendor(error)
  if (wire.timedOut !== undefined) return build('timeout', target, vendor, timeoutMessage(target, wire.timedOut))
  const socket = socketCode(error)
  const cause = classify(vendor, socket, wire)
  const event = build(cause, target, vendor, message(cause, target, vendor, socket))
  return socket !== undefined && LASTING.has(socket) ? { ...event, retryable: false } : event
}

/** An error that a server put into its stream. */
export class StreamError extends Error {
  /** What the server said, as both SDKs keep it. */
  readonly error: unknown
  readonly headers: Headers

  constructor(error: unknown, headers: Headers) {
    super('the server reported an error in its stream')
    this.error = error
    this.headers = headers
  }
}

/** A refusal that was read by us and not by an SDK. */
export class RefusalError extends Error {
  readonly status: number
  readonly error: unknown
  readonly headers: Headers

  /** @param body as it came: JSON, or words */
  constructor(status: number, body: string, headers: Headers) {
    super('the server refused the request')
    this.status = status
    this.headers = headers
    try {
      const told = JSON.parse(body) as unknown
      this.error = Array.isArray(told) ? told[0] : told
    } catch {
      this.error = { message: body }
    }
  }
}

/** A stream that ended before the model said why it stopped. */
export function brokenStream(target: Target): ErrorEvent {
  return build('brokenStream', target, {}, message('brokenStream', target, {}, undefined))
}

/** A provider that cannot be asked because it has no key. */
export function keyMissing(provider: string, keyEnv: string | undefined): OxbowError {
  return new OxbowError('BAD_REQUEST', 'provider.keyMissing', `No API key for ${provider}.`, keyHint(provider, keyEnv))
}

/** How to give a provider its key, in words for a person. */
export function keyHint(provider: string, keyEnv: string | undefined): string {
  const add = `Add it in the settings or with \`oxbow providers add ${provider}\``
  return keyEnv === undefined ? `${add}.` : `${add}, or set ${keyEnv} in the environment.`
}

interface Vendor {
  status?: number | undefined
  types?: readonly string[]
  text?: string | undefined
  retryAfterMs?: number | undefined
}

function classify(vendor: Vendor, socket: string | undefined, wire: WireState): Cause {
  const exact = firstKnown(BY_TYPE, vendor)
  if (exact !== undefined) return exact
  const { status } = vendor
  if (status === undefined) {
    const broad = firstKnown(BY_BROAD_TYPE, vendor)
    if (broad !== undefined) return broad
    if (vendor.types?.some((type) => ABOUT_IMAGES.test(type))) return 'badRequest'
    if (wire.responded) return vendor.types === undefined ? 'brokenStream' : 'server'
    return socket === 'ETIMEDOUT' || socket === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'connection'
  }
  if (status === 401 || status === 403) return 'keyWrong'
  if (status === 402) return 'quota'
  if (status === 404) return 'modelUnknown'
  if (status === 408) return 'timeout'
  if (status === 429) return 'rateLimited'
  if (status === 503 || status === 529) return 'overloaded'
  // A conflict is a lock on their side that passes.
  if (status >= 500 || status === 409) return 'server'
  return TOO_LONG_IN_WORDS.test(vendor.text ?? '') ? 'contextTooLong' : 'badRequest'
}

function firstKnown(causes: ReadonlyMap<string, Cause>, vendor: Vendor): Cause | undefined {
  const type = vendor.types?.find((each) => causes.has(each))
  return type === undefined ? undefined : causes.get(type)
}

function build(cause: Cause, target: Target, vendor: Vendor, text: string): ErrorEvent {
  return {
    type: 'error',
    failure: { code: `provider.${cause}`, message: text, hint: hint(cause, target) },
    retryable: RETRYABLE.has(cause),
    ...(vendor.retryAfterMs !== undefined && { retryAfterMs: vendor.retryAfterMs }),
  }
}

function message(cause: Cause, target: Target, vendor: Vendor, socket: string | undefined): string {
  const who = `${target.provider} (model ${target.model})`
  // A vendor repeats part of a wrong key in its message: it is not quoted at all.
  const said =
    cause === 'keyWrong' || !vendor.text ? '' : `: ${scrub(vendor.text, target.key, Object.values(target.headers ?? {}))}`
  const status = vendor.status === undefined ? '' : ` [HTTP ${vendor.status}]`
  switch (cause) {
    case 'keyWrong':
      return `${who} refused the API key${status}.`
    case 'modelUnknown':
      return `${who} does not know this model or address${status}${said}`
    case 'quota':
      return `${who}: the account has no quota or credit left${status}${said}`
    case 'rateLimited':
      return `${who}: too many requests${status}${said}`
    case 'overloaded':
      return `${who} is overloaded${status}${said}`
    case 'timeout':
      return `${who} took too long to answer${status}${said}`
    case 'connection':
      return `${who} cannot be reached at ${host(target.baseUrl)}${socket === undefined ? '' : ` (${socket})`}.`
    case 'brokenStream':
      return `${who} broke off in the middle of its answer${socket === undefined ? '' : ` (${socket})`}.`
    case 'contextTooLong':
      return `${who}: the conversation is longer than the model can take${status}${said}`
    case 'badRequest':
      return `${who} refused the request${status}${said}`
    case 'server':
      return `${who} failed${status}${said}`
  }
}

function timeoutMessage(target: Target, phase: 'connect' | 'idle'): string {
  const what = phase === 'connect' ? 'did not answer' : 'went silent in the middle of its answer'
  return `${target.provider} (model ${target.model}) ${what} within the time allowed.`
}

function hint(cause: Cause, target: Target): string {
  switch (cause) {
    case 'keyWrong':
      return `Check the key. ${keyHint(target.provider, target.keyEnv)}`
    case 'modelUnknown':
      return `Choose another model, or check the model's name and the base URL (${host(target.baseUrl)}).`
    case 'quota':
      return `Check billing and limits of your ${target.provider} account, or choose another model.`
    case 'rateLimited':
      return 'Wait a moment and try again, or choose another model.'
    case 'overloaded':
    case 'server':
      return 'Try again in a moment, or choose another model.'
    case 'timeout':
      return 'Try again. A local model may need longer for its first answer, while it loads.'
    case 'connection':
      return `Check that the server is running at ${host(target.baseUrl)} and that you are online.`
    case 'brokenStream':
      return 'Try again. If it happens each time, check what stands between Oxbow and the server (proxy, VPN).'
    case 'contextTooLong':
      return 'Start a new session, or choose a model with a longer context.'
    case 'badRequest':
      return "Read the server's message. The model may lack something Oxbow needs, such as tool calls: choose another."
  }
}

/** Takes the key, and what else is secret, out of a text that a vendor wrote, and bounds it. */
export function scrub(text: string, key: string | undefined, others: readonly string[] = []): string {
  let clean = text
  for (const secret of [key ?? '', ...others]) {
    if (secret.length < 4) continue
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      clean = clean.replaceAll(form, '[key]')
  }
  clean = clean.replace(/\bsk-[\w*-]{6,}/g, '[key]').replace(/\bBearer\s+[\w.~+/=-]{6,}/gi, 'Bearer [key]')
  return clean.length > 500 ? `${clean.slice(0, 500)}…` : clean
}

/** What the two SDKs' `APIError` and its body say, told by shape so that no SDK is loaded to read it. */
function readVendor(error: unknown): Vendor {
  if (!isRecord(error)) return {}
  const status = typeof error.status === 'number' ? error.status : undefined
  const body = isRecord(error.error) ? error.error : undefined
  if (status === undefined && body === undefined) return {}
  const inner = isRecord(body?.error) ? body.error : body
  const details = readDetails(inner?.details)
  const told = [inner?.code, inner?.type, inner?.status, error.code, error.type, ...details.types]
  const types = told.filter((x) => typeof x === 'string')
  const text = firstString(inner?.message, body?.message, body?.detail, body?.error)
  const headers = error.headers instanceof Headers ? error.headers : undefined
  // Mid-stream, a status comes as the number in `code`.
  const inBody = typeof inner?.code === 'number' && inner.code >= 400 && inner.code < 600 ? inner.code : undefined
  return { status: status ?? inBody, types, text, retryAfterMs: (headers && retryAfter(headers)) ?? details.retryAfterMs }
}

/** What Google says beside its message: the reason, and how long to wait. */
function readDetails(details: unknown): { types: string[]; retryAfterMs?: number | undefined } {
  const types: string[] = []
  let retryAfterMs: number | undefined
  for (const detail of Array.isArray(details) ? details : []) {
    if (!isRecord(detail)) continue
    if (typeof detail.reason === 'string') types.push(detail.reason)
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(String(detail.retryDelay))?.[1]
    if (seconds !== undefined) retryAfterMs = Math.round(Number(seconds) * 1000)
    const violations = Array.isArray(detail.violations) ? detail.violations : []
    if (violations.some((each) => isRecord(each) && /PerDay/.test(String(each.quotaId)))) types.push('DAILY_QUOTA')
  }
  return { types, retryAfterMs }
}

/** `retry-after` in milliseconds; a date counts from the answer's own date, so no clock is needed. */
function retryAfter(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  if (exact >= 0) return Math.round(exact)
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.round(Number.parseFloat(value) * 1000)
  const until = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(until) ? undefined : Math.max(0, until)
}

/** The innermost system error code of a chain of causes: `ECONNREFUSED`. */
function socketCode(error: unknown): string | undefined {
  let code: string | undefined
  let at = error
  for (let depth = 0; depth < 6 && isRecord(at); depth++) {
    if (typeof at.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(at.code)) code = at.code
    at = at.cause ?? (Array.isArray(at.errors) ? at.errors[0] : undefined)
  }
  return code
}

function host(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'an address that is no URL'
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const firstString = (...values: unknown[]): string | undefined => values.find((value) => typeof value === 'string')
