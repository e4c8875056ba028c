import { visible } from '../contract/index.ts'

/** Most of a result that a model gets, in bytes of UTF-8. */
export const MOST_BYTES = 16 * 1024

const HEAD_SHARE = 0.6
const NOTE_BYTES = 200

/** The longest start of a text within so many bytes, never cut inside a character. */
export function headOf(text: string, bytes: number): string {
  const room = Math.max(0, Math.min(bytes, text.length * 3))
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(room))
  // A lone surrogate at the end may be half of a pair that did not fit.
  const cut = read < text.length && isLow(text, read) && isHigh(text, read - 1) ? read - 1 : read
  return text.slice(0, cut).toWellFormed()
}

/** The longest end of a text within so many bytes, never cut inside a character. */
export function tailOf(text: string, bytes: number): string {
  if (bytes <= 0) return ''
  let start = text.length
  let used = 0
  while (start > 0) {
    const wide = isLow(text, start - 1) && isHigh(text, start - 2)
    used += wide ? 4 : bytesOf(text.charCodeAt(start - 1))
    if (used > bytes) break
    start -= wide ? 2 : 1
  }
  return text.slice(start).toWellFormed()
}

/** Puts a note between the start and the end of what was too long. All three together fit into `MOST_BYTES`. */
export function joinCut(head: string, tail: string, note: string): string {
  const between = `\n\n[${headOf(note, NOTE_BYTES - 8)}]\n\n`
  const { head: headBytes, tail: tailBytes } = shares()
  return headOf(head, headBytes) + between + tailOf(tail, tailBytes)
}

/** How many bytes of the start and of the end a model gets of an output that is too long. */
export function shares(): { head: number; tail: number } {
  const head = Math.floor((MOST_BYTES - NOTE_BYTES) * HEAD_SHARE)
  return { head, tail: MOST_BYTES - NOTE_BYTES - head }
}

/** A text within `MOST_BYTES`: whole, or its start and end with a note of what was left out. */
export function bounded(text: string, note: string): string {
  return Buffer.byteLength(text) <= MOST_BYTES ? text.toWellFormed() : joinCut(text, text, note)
}

/** The name of a file on one line. Where something in it is not seen, or steers a screen, it is written as JSON writes it in ASCII: so a call can name it. */
export function shownName(name: string): string {
  if (visible(name) === name && !/[\n\t]/.test(name)) return name
  return JSON.stringify(name).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800
const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00
const bytesOf = (unit: number): number => (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3)
