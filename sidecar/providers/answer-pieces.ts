import type { Readable } from 'node:stream'

/** A source is held back once so many bytes wait to be read. */
const MOST_WAITING = 16 * 1024

/**
 * What a socket brings of an answer, taken by whoever reads as it came. Cheaper than a stream's own iterator, which a
 * thousand answers at once feel.
 */
export class AnswerPieces {
  readonly #source: Readable
  #pieces: Buffer[] = []
  #bytes = 0
  #end: { error?: Error } | undefined
  #wake: (() => void) | undefined

  constructor(source: Readable) {
    this.#source = source
    source.on('data', (piece: Buffer) => {
      this.#pieces.push(piece)
      this.#bytes += piece.byteLength
      if (this.#bytes >= MOST_WAITING) source.pause()
      this.#wake?.()
    })
    source.once('end', () => this.#finish({}))
    source.on('error', (error) => this.#finish({ error }))
    source.once('close', () => this.#finish({ error: new Error('the answer was closed before its end') }))
  }

  /** All that has come, or comes next; undefined at the end. For one reader. @throws what the source throws */
  async read(): Promise<readonly Buffer[] | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#end?.error) throw this.#end.error
      if (this.#end) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const taken = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    if (this.#source.isPaused()) this.#source.resume()
    return taken
  }

  /** Nobody reads on. */
  leave(): void {
    this.#source.destroy()
  }

  #finish(end: { error?: Error }): void {
    this.#end ??= end
    this.#wake?.()
  }
}
