import type { MessageId, PartId, SessionId } from '../contract/index.ts'
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

  close(signature?: string): void {
    clearTimeout(this.#timer)
    const { messageId, partId } = { messageId: this.#message, partId: this.#part }
    const rest = this.#takePending()
    this.#log.append(this.#session, [
      ...rest,
      { type: 'partCompleted', messageId, partId, ...(signature !== undefined && { signature }) },
    ])
  }

  #flush(): void {
    this.#timer = undefined
    this.#log.append(this.#session, this.#takePending())
  }

  #takePending() {
    if (this.#pending === '') return []
    const event = {
      type: 'partAppended',
      messageId: this.#message,
      partId: this.#part,
      offset: this.#offset,
      text: this.#pending,
    } as const
    this.#offset += this.#pending.length
    this.#pending = ''
    return [event]
  }
}
