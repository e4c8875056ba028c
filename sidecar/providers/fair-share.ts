/** How long streams may go on reading before the event loop comes round, in milliseconds. */
const SLICE_MS = 8
/** Readers let go on in one round. */
const AT_ONCE = 32

/**
 * Lets many streams that have something to read at the same moment do so in slices, in the order they came, so that
 * timers and other sockets get their turn between.
 */
export class FairShare {
  readonly #waiting: (() => void)[] = []
  #began = 0
  #round: NodeJS.Immediate | undefined

  /** Undefined where one may go on at once; else settles when it is one's turn. */
  turn(): Promise<void> | undefined {
    const now = performance.now()
    if (!this.#round) {
      this.#began = now
      this.#round = setImmediate(this.#next)
    }
    if (this.#waiting.length === 0 && now - this.#began < SLICE_MS) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  readonly #next = (): void => {
    this.#began = performance.now()
    for (const goOn of this.#waiting.splice(0, AT_ONCE)) goOn()
    this.#round = this.#waiting.length > 0 ? setImmediate(this.#next) : undefined
  }
}
