import { EXIT } from './exit-code.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Who answers Ctrl-C: the newest handler that is not yet taken back; without one the process ends. */
export class Interrupts {
  readonly #handlers: (() => void)[] = []

  /** From now on the signals of the process come here. */
  listen(): void {
    for (const signal of SIGNALS) process.on(signal, () => this.raise())
  }

  raise(): void {
    const handler = this.#handlers.at(-1)
    if (handler) handler()
    else process.exit(EXIT.cancelled)
  }

  /** @returns takes the handler back */
  push(handler: () => void): () => void {
    this.#handlers.push(handler)
    return () => {
      const at = this.#handlers.lastIndexOf(handler)
      if (at >= 0) this.#handlers.splice(at, 1)
    }
  }
}
