import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { heap } from '../foundation/index.ts'
import type { AnswerPieces } from './answer-pieces.ts'
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

async function readWithin(body: AnswerPieces, { watch, idleMs }: ReadBounds): Promise<readonly Buffer[] | undefined> {
  watch.start(idleMs())
  try {
    return await body.read()
  } finally {
    watch.stop()
  }
}

/**
 * The server-sent events of an answer, those of one network read together.
 * @throws RangeError when the answer is too long, whatever the socket throws
 */
export async function* serverEvents(body: AnswerPieces, bounds: ReadBounds): AsyncGenerator<EventSourceMessage[], void> {
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => void events.push(event) })
  let bytes = 0
  let held = 0
  let ended = false
  if (++open >= CROWD) heap.crowded = true
  try {
    while (!ended) {
      const pieces = await readWithin(body, bounds)
      const size = pieces?.reduce((sum, piece) => sum + piece.byteLength, 0) ?? 0
      await share.turn(size)
      ended = pieces === undefined
      bytes += size
      held += size
      if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
      if (held > MAX_EVENT_BYTES) throw new RangeError(`one event is longer than ${MAX_EVENT_BYTES} bytes`)
      // Some servers forget the empty line after their last event.
      if (!pieces) parser.feed(`${decoder.decode()}\n\n`)
      else for (const piece of pieces) parser.feed(decoder.decode(piece, { stream: true }))
      if (events.length === 0) continue
      held = 0
      const together = events
      events = []
      yield together
    }
  } finally {
    if (--open <= NO_CROWD) heap.crowded = false
    if (!ended) await leave(body, bounds)
  }
}

/** After its last event a stream has only its end left; reading that lets the next call reuse the connection. */
async function leave(body: AnswerPieces, bounds: ReadBounds): Promise<void> {
  const more = await readWithin(body, bounds).catch(() => undefined)
  if (more) body.leave()
}

/** The words of a refusal, bounded in size and time: its server may never end it. What came counts, also where it breaks off. */
export async function refusalText(body: AnswerPieces, bounds: ReadBounds): Promise<string> {
  let told = Buffer.alloc(0)
  try {
    while (told.byteLength < MAX_ERROR_BYTES) {
      const pieces = await readWithin(body, bounds)
      if (!pieces) break
      told = Buffer.concat([told, ...pieces])
    }
  } catch {}
  if (told.byteLength >= MAX_ERROR_BYTES) body.leave()
  return told.toString('utf8', 0, MAX_ERROR_BYTES)
}
