/** How long streams may go on reading before the event loop comes round, in milliseconds. */
const SLICE_MS = 8
/** What those may read together who are let go on in one round, in bytes: about a millisecond's work. */
const AT_ONCE = 48 * 1024

/**
 * Lets many streams that have something to read at the same moment do so in slices, in the order they came, so that
 * timers and other sockets get their turn between.
 */
export class FairShare {
  readonly #waiting: { bytes: number; goOn: () => void }[] = []
  #began = 0
  #round: NodeJS.Immediate | undefined

  /** Undefined where one may go on at once; else settles when it is one's turn. @param bytes that one has to read */
  turn(bytes: number): Promise<void> | undefined {
    const now = performance.now()
    if (!this.#round) {
      this.#began = now
      this.#round = setImmediate(this.#next)
    }
    if (this.#waiting.length === 0 && now - this.#began < SLICE_MS) return undefined
    return new Promise((goOn) => this.#waiting.push({ bytes, goOn }))
  }

  readonly #next = (): void => {
    this.#began = performance.now()
    let room = AT_ONCE
    let count = 0
    for (; count < this.#waiting.length && room > 0; count++) room -= this.#waiting[count]!.bytes
    for (const { goOn } of this.#waiting.splice(0, count)) goOn()
    this.#round = this.#waiting.length > 0 ? setImmediate(this.#next) : undefined
  }
}
