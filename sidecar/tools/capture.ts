import { headOf, joinCut, MOST_BYTES, shares, tailOf } from './text.ts'
import type { Spool, SpoolWriter } from './tool.ts'

/** Takes an output as it flows: its start and end stay in memory, the whole goes to the spool once it is too long for a model. */
export class Capture {
  readonly #spool: Spool
  #writer: SpoolWriter | undefined
  #held = ''
  #head = ''
  #tail = ''
  #bytes = 0

  constructor(spool: Spool) {
    this.#spool = spool
  }

  async take(text: string): Promise<void> {
    this.#bytes += Buffer.byteLength(text)
    if (this.#writer === undefined) {
      this.#held += text
      if (this.#bytes <= MOST_BYTES) return
      this.#writer = await this.#spool.begin()
      this.#head = headOf(this.#held, shares().head)
      text = this.#held
      this.#held = ''
    }
    // A piece is at most some pipe's buffer long, so what is joined here is small.
    this.#tail = tailOf(this.#tail + text, shares().tail)
    await this.#writer.write(text)
  }

  /** @returns what the model gets, and where the whole is when that is more. `room` bytes are left for what the caller adds. */
  async finish(room: number): Promise<{ text: string; spool?: string }> {
    if (this.#writer === undefined) {
      if (this.#bytes + room <= MOST_BYTES) return { text: this.#held.toWellFormed() }
      const held = this.#held
      this.#writer = await this.#spool.begin()
      await this.#writer.write(held)
      this.#head = headOf(held, shares().head)
      this.#tail = tailOf(held, shares().tail)
    }
    await this.#writer.close()
    const { name } = this.#writer
    const text = joinCut(
      this.#head,
      tailOf(this.#tail, shares().tail - room),
      `${this.#bytes} bytes in all; read the rest in ${name}`,
    )
    return { text, spool: name }
  }

  async close(): Promise<void> {
    await this.#writer?.close()
  }
}
