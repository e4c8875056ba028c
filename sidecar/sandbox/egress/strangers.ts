import type { Socket } from 'node:net'

/** Connections whose owner has not shown a credential yet: few, and not for long. */
export class Strangers {
  readonly #waiting = new Map<Socket, NodeJS.Timeout>()
  readonly #most: number
  readonly #ms: number

  /** @param ms until one is closed, however slowly it speaks */
  constructor(most: number, ms: number) {
    this.#most = most
    this.#ms = ms
  }

  /** Where there are too many, the oldest makes room. */
  add(socket: Socket): void {
    if (socket.destroyed || this.#waiting.has(socket)) return
    this.#waiting.set(
      socket,
      setTimeout(() => socket.destroy(), this.#ms),
    )
    if (this.#waiting.size > this.#most) this.#waiting.keys().next().value!.destroy()
  }

  delete(socket: Socket): void {
    clearTimeout(this.#waiting.get(socket))
    this.#waiting.delete(socket)
  }
}
