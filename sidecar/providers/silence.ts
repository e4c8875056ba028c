/** Calls `onSilence` when a wait that was started is not stopped in time. A slow reader is no silent server. */
export class SilenceWatch {
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined
  #last: NodeJS.Immediate | undefined

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence
  }

  /** @param ms how long the server may stay silent, in milliseconds */
  start(ms: number): void {
    this.stop()
    this.#timer = setTimeout(() => {
      // If it was this process that slept, the answer may have arrived: it is read before this runs.
      this.#last = setImmediate(this.#onSilence)
    }, ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#last)
  }
}
