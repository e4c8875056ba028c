import type { EventSourceMessage } from 'eventsource-parser'
import type { ProviderEvent } from './provider.ts'

/** Adds an event to those that came with it; neighbouring pieces of a text become one. */
export function gather(events: ProviderEvent[], event: ProviderEvent): void {
  const last = events.at(-1)
  if ((event.type === 'text' || event.type === 'thinking') && last?.type === event.type)
    events[events.length - 1] = { type: event.type, text: last.text + event.text }
  else events.push(event)
}

/** Something that reads an answer, message by message. */
export interface AnswerReader {
  /** Nothing of use follows. */
  readonly ended: boolean
  read(message: EventSourceMessage): Iterable<ProviderEvent>
}

/** What the messages of one network read say, gathered. What came before a broken one is not lost. */
export function* readTogether(messages: readonly EventSourceMessage[], answer: AnswerReader): Generator<ProviderEvent> {
  const said: ProviderEvent[] = []
  try {
    for (const message of messages) {
      if (answer.ended) break
      for (const event of answer.read(message)) gather(said, event)
    }
  } catch (error) {
    yield* said
    throw error
  }
  yield* said
}
