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

  constructor(log: SessionLog, session: SessionId, message: MessageId, part: PartId, kind: 'text' | 'thinking') {
    this.kind = kind
    this.#log = log
    this.#session = session
    this.#message = message
    this.#part = part
    log.append(session, [{ type: 'partStarted', messageId: message, partId: part, kind }])
  }

  write(text: string): void {
    const offset = this.#offset + this.#pending.length
    this.#log.delta(this.#session, { kind: 'part', messageId: this.#message, partId: this.#part, offset, text })
    this.#pending += text
    this.#timer ??= setTimeout(() => this.#flush(), DURABLE_MS)
  }

  /** Ends the part. @returns the events that say so, for the caller to append */
  close(signature?: string): SessionEvent[] {
    clearTimeout(this.#timer)
    const { messageId, partId } = { messageId: this.#message, partId: this.#part }
    return [...this.#takePending(), { type: 'partCompleted', messageId, partId, ...(signature !== undefined && { signature }) }]
  }

  #flush(): void {
    this.#timer = undefined
    this.#log.append(this.#session, this.#takePending())
  }

  #takePending(): SessionEvent[] {
    if (this.#pending === '') return []
    const event: SessionEvent = {
      type: 'partAppended',
      messageId: this.#message,
      partId: this.#part,
      offset: this.#offset,
      text: this.#pending,
    }
    this.#offset += this.#pending.length
    this.#pending = ''
    return [event]
  }
}
