import type { MessageId, PartId, SessionEvent, SessionId } from '../contract/index.ts'
import type { SessionLog } from './log/session-log.ts'

/** Streamed text is durable at the latest this long after it came, in milliseconds. The contract is 250. */
const DURABLE_MS = 200

/** Writes one streaming part: at once to those who watch, and to the log in slices. */
export class PartWriter {
  readonly kind: 'text' | 'thinking'
  readonly #log: SessionLog
  readonly #session: SessionId
  readonly #message: MessageId
  readonly #part: PartId
  #offset = 0
  #pending = ''
  #timer: NodeJS.Timeout | undefined
  #begun = false
  readonly #opening: NodeJS.Immediate

  constructor(log: SessionLog, session: SessionId, message: MessageId, part: PartId, kind: 'text' | 'thinking') {
    this.kind = kind
    this.#log = log
    this.#session = session
    this.#message = message
    this.#part = part
    // A part that is whole before this runs is one write with its end.
    this.#opening = setImmediate(() => this.#open())
  }

  write(text: string): void {
    if (this.#begun) this.#show(text, this.#offset + this.#pending.length)
    this.#pending += text
    this.#timer ??= setTimeout(() => this.#flush(), DURABLE_MS)
  }

  /** Ends the part. @returns the events that say so, for the caller to append */
  close(signature?: string): SessionEvent[] {
    clearTimeout(this.#timer)
    clearImmediate(this.#opening)
    const { messageId, partId } = { messageId: this.#message, partId: this.#part }
    return [
      ...this.#beginning(),
      ...this.#middle(),
      { type: 'partCompleted', messageId, partId, ...(signature !== undefined && { signature }) },
    ]
  }

  #open(): void {
    this.#attempt(this.#beginning())
    if (this.#begun && this.#pending !== '') this.#show(this.#pending, this.#offset)
  }

  #flush(): void {
    this.#timer = undefined
    this.#attempt([...this.#beginning(), ...this.#middle()])
  }

  /** Nobody hears a timer's error: what could not be written stays pending, and `close` hands it out again. */
  #attempt(events: SessionEvent[]): void {
    if (events.length === 0) return
    try {
      this.#log.append(this.#session, events)
    } catch {
      return
    }
    this.#begun = true
    if (events.at(-1)?.type === 'partAppended') this.#taken()
  }

  #show(text: string, offset: number): void {
    this.#log.delta(this.#session, { kind: 'part', messageId: this.#message, partId: this.#part, offset, text })
  }

  #beginning(): SessionEvent[] {
    return this.#begun ? [] : [{ type: 'partStarted', messageId: this.#message, partId: this.#part, kind: this.kind }]
  }

  #middle(): SessionEvent[] {
    if (this.#pending === '') return []
    const place = { messageId: this.#message, partId: this.#part, offset: this.#offset }
    return [{ type: 'partAppended', ...place, text: this.#pending }]
  }

  #taken(): void {
    this.#offset += this.#pending.length
    this.#pending = ''
  }
}
