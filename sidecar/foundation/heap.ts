import { setFlagsFromString } from 'node:v8'

/** In percent: how far the heap may grow, for a crowd, before V8 collects again. */
const ROOM = 60

/**
 * How V8 keeps the one heap of this process. Told to stay small it collects at each few percent of growth: right for a
 * process that mostly rests, and half of all processor time once hundreds of streams come in together.
 */
class Heap {
  #small = false
  #crowded = false

  /** From now on it would rather work than grow. Only once all is loaded: V8 refuses code compiled under other flags. */
  keepSmall(): void {
    this.#small = true
    this.#tell()
  }

  /** Whether so much is going on that time counts for more than memory. */
  set crowded(crowded: boolean) {
    if (crowded === this.#crowded) return
    this.#crowded = crowded
    if (this.#small) this.#tell()
  }

  #tell(): void {
    setFlagsFromString(this.#crowded ? '--no-optimize-for-size' : '--optimize-for-size')
    setFlagsFromString(`--heap-growing-percent=${this.#crowded ? ROOM : 0}`)
  }
}

/** One for all, as V8's flags are. */
export const heap = new Heap()
