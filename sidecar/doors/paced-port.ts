import { isReceipt } from '../contract/index.ts'

/** Messages that may be on their way to a window which has not yet said that it took them. */
const MOST_UNTAKEN = 64
/** A window that takes nothing for this long is let go, in milliseconds; one that lives dials again. */
const STALL_MS = 30_000

/** What a MessagePort of Electron's utility process, of a worker and of a browser have in common. */
export interface DoorPort {
  postMessage(data: unknown): void
  on?(event: string, listener: (...args: never[]) => void): unknown
  addEventListener?(type: string, listener: (event: never) => void): void
  start?(): void
  close?(): void
}

type Listener = (event: { data?: unknown }) => void

/** A port that knows how much of what it sent was taken, so that a window that stands still fills nobody's memory. */
export class PacedPort {
  readonly #port: DoorPort
  readonly #waiting: (() => void)[] = []
  #untaken = 0
  #closed = false

  constructor(port: DoorPort) {
    this.#port = port
    this.#listen('message', ({ data }) => {
      if (isReceipt(data)) this.#took(data.taken)
    })
    this.#listen('close', () => {
      this.#closed = true
      this.#took(this.#untaken)
    })
  }

  /** Receipts are for this port alone. */
  addEventListener(type: string, listener: Listener): void {
    this.#listen(type, (event) => {
      if (!isReceipt(event?.data)) listener(event)
    })
  }

  postMessage(data: unknown): void {
    this.#untaken++
    this.#port.postMessage(data)
  }

  /** Settles when another message may be sent. */
  async room(): Promise<void> {
    while (this.#untaken >= MOST_UNTAKEN && !this.#closed) {
      const stalled = setTimeout(() => this.#port.close?.(), STALL_MS).unref()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      clearTimeout(stalled)
    }
  }

  #took(count: number): void {
    this.#untaken = Math.max(0, this.#untaken - count)
    for (const resume of this.#waiting.splice(0)) resume()
  }

  #listen(type: string, listener: Listener): void {
    if (this.#port.addEventListener) this.#port.addEventListener(type, listener as (event: never) => void)
    else this.#port.on?.(type, listener as (...args: never[]) => void)
  }
}
