import { OUTPUT_UNITS } from './snippet.ts'

/** What a snippet prints, up to the bound; the rest is dropped where it falls. */
export class Printed {
  #text = ''
  #cut = false

  add(text: string): void {
    const room = OUTPUT_UNITS - this.#text.length
    if (text.length > room) this.#cut = true
    if (room > 0) this.#text += text.slice(0, room)
  }

  end(): { output: string; cut: boolean } {
    return { output: this.#text.toWellFormed(), cut: this.#cut }
  }
}
