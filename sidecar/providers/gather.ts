import type { EventSourceMessage } from 'eventsource-parser'
import type { ProviderEvent } from './provider.ts'

type Words = 'text' | 'thinking'
/** What is said whole. */
export type Fact = Exclude<ProviderEvent, { type: Words }>

/** What was said together, in order; neighbouring pieces of a text become one. */
export class Said {
  readonly events: ProviderEvent[] = []
  /** The last of them, as long as it may grow. */
  #last: { type: Words; text: string } | undefined

  words(type: Words, text: string): void {
    if (this.#last?.type === type) {
      this.#last.text += text
      return
    }
    this.#last = { type, text }
    this.events.push(this.#last)
  }

  add(event: Fact): void {
    this.#last = undefined
    this.events.push(event)
  }
}

/** Something that reads an answer, message by message. */
export interface AnswerReader {
  /** Nothing of use follows. */
  readonly ended: boolean
  read(message: EventSourceMessage, said: Said): void
}

/** What the messages of one network read say. What came before a broken one is not lost. */
export function* readTogether(messages: readonly EventSourceMessage[], answer: AnswerReader): Generator<ProviderEvent> {
  const said = new Said()
  try {
    for (const message of messages) {
      if (answer.ended) break
      answer.read(message, said)
    }
  } catch (error) {
    yield* said.events
    throw error
  }
  yield* said.events
}
