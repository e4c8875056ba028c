import { setTimeout as sleep } from 'node:timers/promises'
import type { Closing } from './closing.ts'
import type { Journal } from './foundation/index.ts'
import type { FrontDoor } from './front-door.ts'

/** How often a draining sidecar looks whether its last client has gone, in milliseconds. */
const DRAIN_LOOK_MS = 100

export interface EndingParts {
  closing: Closing
  journal: Journal
  /** Undefined where none was opened. */
  door(): FrontDoor | undefined
}

/** How a sidecar ends: at once, or when the last client has gone; once, whoever asks. */
export class Ending {
  /** Settles once it has ended. */
  readonly stopped: Promise<void>
  readonly #parts: EndingParts
  readonly #settle: () => void
  #stopping: Promise<void> | undefined

  constructor(parts: EndingParts) {
    this.#parts = parts
    const { promise, resolve } = Promise.withResolvers<void>()
    this.stopped = promise
    this.#settle = resolve
  }

  /** Ends turns as interrupted, closes doors and files. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(this.#settle)
    return this.#stopping
  }

  /** Stops once no client is connected. @param onWait told how many there are, if there are any */
  async drain(onWait: (clients: number) => void): Promise<void> {
    const door = this.#parts.door()
    if (door && door.clients > 0) onWait(door.clients)
    while (door && door.clients > 0 && !this.#stopping) await sleep(DRAIN_LOOK_MS)
    if (this.#stopping) return this.#stopping
    // Closed first, so that nobody comes in while the rest is being closed.
    door?.hide()
    const closed = door?.close()
    await this.stop()
    await closed
  }

  async #stop(): Promise<void> {
    const { closing, journal, door } = this.#parts
    door()?.hide()
    await closing.close()
    journal.info({}, 'stopped')
    journal.flush()
  }
}
