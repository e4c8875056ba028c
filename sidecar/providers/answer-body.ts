import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { heap } from '../foundation/index.ts'
import { FairShare } from './fair-share.ts'
import type { SilenceWatch } from './silence.ts'

const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** What a parser may hold of an event that does not end; a picture in base64 is the longest there is. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024

/** All streams of this process. */
const share = new FairShare()
let open = 0
/** Streams at once that are a crowd, and how many are none any more. */
const CROWD = 128
const NO_CROWD = 32

/** Each read of a body is bounded in time. */
export interface ReadBounds {
  watch: SilenceWatch
  idleMs: () => number
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>

async function readWithin(reader: Reader, { watch, idleMs }: ReadBounds) {
  watch.start(idleMs())
  try {
    return await reader.read()
  } finally {
    watch.stop()
  }
}

/**
 * The server-sent events of an answer, those of one network read together.
 * @throws RangeError when the answer is too long, whatever the socket throws
 */
export async function* serverEvents(response: Response, bounds: ReadBounds): AsyncGenerator<EventSourceMessage[], void> {
  if (response.body === null) return
  const reader: Reader = response.body.getReader()
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => void events.push(event) })
  let bytes = 0
  let held = 0
  let ended = false
  if (++open >= CROWD) heap.crowded = true
  try {
    while (!ended) {
      const { done, value } = await readWithin(reader, bounds)
      await share.turn()
      ended = done
      bytes += value?.byteLength ?? 0
      held += value?.byteLength ?? 0
      if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
      if (held > MAX_EVENT_BYTES) throw new RangeError(`one event is longer than ${MAX_EVENT_BYTES} bytes`)
      // Some servers forget the empty line after their last event.
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }))
      if (events.length === 0) continue
      held = 0
      const together = events
      events = []
      yield together
    }
  } finally {
    if (--open <= NO_CROWD) heap.crowded = false
    if (!ended) await leave(reader, bounds)
  }
}

/** After its last event a stream has only its end left; reading that lets the next call reuse the connection. */
async function leave(reader: Reader, bounds: ReadBounds): Promise<void> {
  const { done } = await readWithin(reader, bounds).catch(() => ({ done: true }))
  if (!done) await reader.cancel()
}

/** The same refusal, with a body that is bounded in size and time: its server may never end it. */
export function boundedRefusal(response: Response, bounds: ReadBounds): Response {
  if (response.body === null) return response
  const reader: Reader = response.body.getReader()
  let bytes = 0
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        const { done, value } = await readWithin(reader, bounds)
        bytes += value?.byteLength ?? 0
        if (!done && bytes <= MAX_ERROR_BYTES) return sink.enqueue(value)
        if (!done) await reader.cancel()
        sink.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
}
