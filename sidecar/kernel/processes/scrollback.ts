/** The newest output of a process, bounded; places are characters since its start. */
export class Scrollback {
  readonly #most: number
  #chunks: string[] = []
  #from = 0
  #to = 0

  /** @param most characters kept, besides the last chunk */
  constructor(most: number) {
    this.#most = most
  }

  /** The first place that is kept. */
  get from(): number {
    return this.#from
  }

  /** The place after the last character. */
  get to(): number {
    return this.#to
  }

  append(text: string): void {
    this.#chunks.push(text)
    this.#to += text.length
    let gone = 0
    for (const chunk of this.#chunks) {
      if (this.#to - this.#from - chunk.length < this.#most) break
      this.#from += chunk.length
      gone += 1
    }
    if (gone > 0) this.#chunks.splice(0, gone)
    // Many small chunks cost more than what they hold.
    if (this.#chunks.length > 4096) this.#chunks = [this.#chunks.join('')]
  }

  /** At most `most` characters from `place` on, or from the first that is kept. Never ends between the halves of one. */
  read(place: number, most: number): { from: number; text: string } {
    const from = Math.min(Math.max(place, this.#from), this.#to)
    let at = this.#from
    let text = ''
    for (const chunk of this.#chunks) {
      const start = Math.max(0, from - at)
      if (start < chunk.length) text += chunk.slice(start, start + most - text.length)
      at += chunk.length
      if (text.length >= most) break
    }
    const last = text.charCodeAt(text.length - 1)
    const cut = text.length >= most && text.length > 1 && last >= 0xd800 && last < 0xdc00
    return { from, text: cut ? text.slice(0, -1) : text }
  }
}
