import type { IncomingMessage } from 'node:http'
import type { EventSourceMessage } from 'eventsource-parser'
import type { StopReason } from '../contract/index.ts'
import { type ReadBounds, refusalText, serverEvents } from './answer-body.ts'
import { brokenStream, errorEvent, type Target, type WireState } from './errors.ts'
import { bodyOf, exchange, headOf } from './exchange.ts'
import type { ProviderEvent } from './provider.ts'
import { SilenceWatch } from './silence.ts'
import type { Timeouts } from './timeouts.ts'

/** One HTTP exchange with a model server, watched: it ends with the caller's signal, or when the server goes silent. */
export interface Wire {
  readonly signal: AbortSignal
  /** For the SDK to call instead of the global one. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** The events of a streamed answer that came by `fetch`, those of one network read together. */
  events(response: Response): AsyncIterable<EventSourceMessage[]>
  /** The model said why it stopped; whatever goes wrong after that no longer matters. */
  stopped(reason: StopReason): void
}

const WIRE = Symbol('wire')

/** Options of an SDK's request that bring its wire to `fetchOverWire`, so that one client serves every call. */
export const carry = (wire: Wire): { signal: AbortSignal; fetchOptions: object } => ({
  signal: wire.signal,
  fetchOptions: { [WIRE]: wire },
})

/** For an SDK's client to call instead of the global fetch. */
export const fetchOverWire = (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
  (init as { [WIRE]: Wire })[WIRE].fetch(url, init)

/** Why a call is aborted that nobody listens to any more; an error of its own for each would cost a stack trace. */
const LEFT = new DOMException('the answer was read or given up', 'AbortError')

/**
 * Runs one conversation with a server and keeps the promises of `Provider.stream`: nothing is thrown, exactly one `stop`
 * or `error` comes last (none after an abort), and the socket is closed at the end.
 */
export async function* overWire(
  target: Target,
  signal: AbortSignal,
  timeouts: Timeouts,
  talk: (wire: Wire) => AsyncIterable<ProviderEvent>,
): AsyncGenerator<ProviderEvent> {
  const controller = new AbortController()
  const state: WireState & { reason: StopReason | undefined } = { responded: false, timedOut: undefined, reason: undefined }
  const watch = new SilenceWatch(() => {
    state.timedOut = state.responded ? 'idle' : 'connect'
    controller.abort()
  })
  const abort = () => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  let idleMs = timeouts.idleMs
  const bounds: ReadBounds = { watch, idleMs: () => idleMs }
  const answers = new WeakMap<Response, IncomingMessage>()
  const wire: Wire = {
    signal: controller.signal,
    stopped(reason) {
      state.reason = reason
      idleMs = timeouts.trailMs
    },
    async fetch(url, init = {}) {
      watch.start(timeouts.connectMs)
      try {
        // A redirect would carry the key to an address nobody configured.
        const answer = await exchange(String(url), init, controller.signal)
        state.responded = true
        const head = headOf(answer)
        target.heard?.(target.model, head.headers)
        const isRefused = head.status < 200 || head.status > 299
        const words = isRefused ? await refusalText(bodyOf(answer), bounds) : ''
        const response = new Response(words === '' ? null : words, head)
        answers.set(response, answer)
        return response
      } finally {
        watch.stop()
      }
    },
    events: (response) => serverEvents(bodyOf(answers.get(response)!), bounds),
  }
  let failure: ProviderEvent | undefined
  try {
    if (signal.aborted) return
    yield* talk(wire)
    if (state.timedOut !== undefined) failure = errorEvent(undefined, target, state)
  } catch (error) {
    failure = errorEvent(error, target, state)
  } finally {
    signal.removeEventListener('abort', abort)
    watch.stop()
    controller.abort(LEFT)
  }
  if (signal.aborted) return
  if (state.reason !== undefined) yield { type: 'stop', reason: state.reason }
  else yield failure ?? brokenStream(target)
}
