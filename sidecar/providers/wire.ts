import type { StopReason } from '../contract/index.ts'
import { brokenStream, errorEvent, type Target, type WireState } from './errors.ts'
import type { ProviderEvent } from './provider.ts'

/** How long a server may keep us waiting, in milliseconds. */
export interface Timeouts {
  /** From the request to the head of the answer. */
  connectMs: number
  /** Between two pieces of the answer. */
  idleMs: number
  /** For what may follow the reason to stop (usage, the end of the stream). */
  trailMs: number
}

export const remoteTimeouts: Timeouts = { connectMs: 60_000, idleMs: 60_000, trailMs: 1_000 }
/** A server on this computer may load a model and read a long prompt on the CPU before its first byte. */
export const localTimeouts: Timeouts = { connectMs: 300_000, idleMs: 300_000, trailMs: 1_000 }

const MAX_ANSWER_BYTES = 64 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024

/** One HTTP exchange with a model server, watched: it ends with the caller's signal, or when the server goes silent. */
export interface Wire {
  readonly signal: AbortSignal
  /** For the SDK to call instead of the global one. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** The model said why it stopped; whatever goes wrong after that no longer matters. */
  stopped(reason: StopReason): void
}

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
  const watch = silenceWatch(() => {
    state.timedOut = state.responded ? 'idle' : 'connect'
    controller.abort()
  })
  const abort = () => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  let idleMs = timeouts.idleMs
  const wire: Wire = {
    signal: controller.signal,
    stopped(reason) {
      state.reason = reason
      idleMs = timeouts.trailMs
    },
    async fetch(url, init) {
      watch.start(timeouts.connectMs)
      try {
        // A redirect would carry the key to an address nobody configured.
        const response = await globalThis.fetch(url, { ...init, redirect: 'manual' })
        state.responded = true
        return watched(response, watch, () => idleMs)
      } finally {
        watch.stop()
      }
    },
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
    controller.abort()
  }
  if (signal.aborted) return
  if (state.reason !== undefined) yield { type: 'stop', reason: state.reason }
  else yield failure ?? brokenStream(target)
}

interface SilenceWatch {
  start(ms: number): void
  stop(): void
}

/** Calls `onSilence` when a wait that was started is not stopped in time. A slow reader is no silent server. */
function silenceWatch(onSilence: () => void): SilenceWatch {
  let timer: NodeJS.Timeout | undefined
  let last: NodeJS.Immediate | undefined
  const stop = () => {
    clearTimeout(timer)
    clearImmediate(last)
  }
  return {
    start(ms) {
      stop()
      timer = setTimeout(() => {
        // If it was this process that slept, the answer may have arrived: it is read before this runs.
        last = setImmediate(onSilence)
      }, ms)
    },
    stop,
  }
}

/** The same answer, its body bounded in size and each of its reads bounded in time. */
function watched(response: Response, watch: SilenceWatch, idleMs: () => number): Response {
  if (response.body === null) return response
  const reader = response.body.getReader()
  const limit = response.ok ? MAX_ANSWER_BYTES : MAX_ERROR_BYTES
  let bytes = 0
  const read = async () => {
    watch.start(idleMs())
    try {
      return await reader.read()
    } finally {
      watch.stop()
    }
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        const { done, value } = await read()
        bytes += value?.byteLength ?? 0
        if (done) return sink.close()
        if (bytes <= limit) return sink.enqueue(value)
        await reader.cancel()
        if (response.ok) sink.error(new RangeError(`the answer is longer than ${limit} bytes`))
        else sink.close()
      },
      async cancel() {
        // After its last event a stream has only its end left; reading that lets the next call reuse the connection.
        const { done } = await read().catch(() => ({ done: true }))
        if (!done) await reader.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
}
