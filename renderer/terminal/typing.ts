import type { ProcessId } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'

/** Most characters that wait to be sent, and that go in one call. */
const MOST_WAITING = 256 * 1024
const MOST_SENT = 32 * 1024

/** Sends what is typed in its order, one call at a time; keys pressed meanwhile go together. */
export class Typing {
  readonly #id: ProcessId
  #waiting = ''
  #sending = false

  constructor(id: ProcessId) {
    this.#id = id
  }

  type(keys: string): void {
    if (this.#waiting.length + keys.length > MOST_WAITING) return
    this.#waiting += keys
    if (!this.#sending) void this.#send()
  }

  async #send(): Promise<void> {
    this.#sending = true
    try {
      while (this.#waiting !== '') {
        const data = this.#waiting.slice(0, MOST_SENT)
        this.#waiting = this.#waiting.slice(MOST_SENT)
        await online().terminals.write({ id: this.#id, data })
      }
    } catch (error) {
      // What was typed after what failed would mean something else without it.
      this.#waiting = ''
      useNotices.getState().add(inWords(error))
    } finally {
      this.#sending = false
    }
  }
}
