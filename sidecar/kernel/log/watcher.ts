import type { Delta, PartId } from '../../contract/index.ts'

/** Streamed text kept for one slow watcher, in UTF-16 units. What does not fit is dropped: the log has it within 250 ms. */
const MOST_PENDING = 256 * 1024

/**
 * One reader of a session. Durable events are never queued here: the reader holds its place in the log and reads on from
 * the database. Only deltas wait, merged by part, up to a bound.
 */
export class Watcher {
  /** The last durable event this reader was given. */
  cursor: number
  #pending = new Map<PartId, Delta>()
  #size = 0
  #wake: (() => void) | undefined

  constructor(cursor: number) {
    this.cursor = cursor
  }

  push(delta: Delta): void {
    if (this.#size + delta.text.length <= MOST_PENDING) {
      const known = this.#pending.get(delta.partId)
      if (!known) this.#pending.set(delta.partId, { ...delta })
      else if (known.offset + known.text.length === delta.offset) known.text += delta.text
      else return
      this.#size += delta.text.length
    }
    this.wake()
  }

  take(): Delta[] {
    if (this.#size === 0) return []
    const deltas = [...this.#pending.values()]
    this.#pending.clear()
    this.#size = 0
    return deltas
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  get hasDeltas(): boolean {
    return this.#size > 0
  }

  /** Settles at the next `wake`, or when the signal aborts. */
  sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
