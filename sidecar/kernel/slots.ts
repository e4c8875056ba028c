/** A counting semaphore, first come first served. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#free = size
  }

  /** Takes a slot if one is free. */
  tryAcquire(): boolean {
    if (this.#free === 0) return false
    this.#free--
    return true
  }

  /** Settles with true once a slot is held, with false when the signal aborts first. */
  acquire(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    if (this.tryAcquire()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const grant = (): void => {
        signal.removeEventListener('abort', leave)
        resolve(true)
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1)
        resolve(false)
      }
      this.#waiting.push(grant)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}

/** One turn's hold on a slot; while it waits for a person it lets the slot go. */
export class Lease {
  readonly #slots: Slots
  #held = false

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Holds a slot at once, if one is free. */
  tryHold(): boolean {
    this.#held ||= this.#slots.tryAcquire()
    return this.#held
  }

  /** @returns false when the signal aborted first */
  async hold(signal: AbortSignal): Promise<boolean> {
    this.#held ||= await this.#slots.acquire(signal)
    return this.#held
  }

  letGo(): void {
    if (this.#held) this.#slots.release()
    this.#held = false
  }
}
