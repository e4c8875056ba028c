import { VECTORS_MODULE } from './vectors-module.ts'

/** Below this the code keeps what is its own. In bytes. */
const FIRST_FREE = 1024
/** Rows are compared this many bytes, or floats, at a time. */
const STEP = 16
const PAGE = 65_536

/** See `build/memory/vectors.c`. All places and widths in bytes. */
interface VectorCode {
  signs(bytes: number, length: number, bits: number): void
  measure(row: number, count: number, width: number, query: number, distances: number): void
  tally(distances: number, count: number, most: number, counts: number): void
  within(distances: number, count: number, most: number, rows: number): number
  widen(bytes: number, floats: number, length: number): void
  cosines(rows: number, count: number, length: number, asked: number, out: number): void
  dots(asked: number, count: number, row: number, length: number, out: number): void
}

let compiled: WebAssembly.Module | undefined

/** A piece of memory that only grows, and the code that compares vectors in it. */
export class VectorMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 1 })
  readonly code: VectorCode
  #next = FIRST_FREE

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(VECTORS_MODULE, 'base64'))
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } })
    this.code = exports as unknown as VectorCode
  }

  /** Replaced when more is taken: what shows a part of it is then of no use. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer
  }

  /** Where as many new bytes are, all zero; a multiple of 16. */
  take(bytes: number): number {
    const start = this.#next
    this.#next += stepped(bytes)
    const missing = this.#next - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE))
    return start
  }
}

/** The next multiple of 16. */
export const stepped = (length: number): number => Math.ceil(length / STEP) * STEP

/** At least twice the room, so that all that was ever given up is less than what there is. */
export const grown = (now: number, need: number): number => (need <= now ? now : Math.max(need, now * 2))
