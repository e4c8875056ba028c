import { measureIn, ROW_STEP } from './bit-distance.ts'
import { signsOf } from './vector.ts'

/** Rows of a block. */
export const BLOCK_ROWS = 512
const PAGE = 65_536

/** The signs of vectors, in blocks of rows that are lent and given back: one piece of memory, whose bits are counted in place. */
export class SignMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 1 })
  readonly #measure = measureIn(this.#memory)
  /** Bytes of a row. */
  readonly #width: number
  readonly #distances: number
  #next = 0
  readonly #free: number[] = []
  #bytes = new Uint8Array(this.#memory.buffer)

  constructor(dimensions: number) {
    this.#width = Math.ceil(dimensions / 8 / ROW_STEP) * ROW_STEP
    // The query's row stands first, then the distances of one block, then the blocks.
    this.#take(this.#width)
    this.#distances = this.#take(BLOCK_ROWS * 2)
  }

  /** A block that nobody else has. */
  lend(): number {
    return this.#free.pop() ?? this.#take(BLOCK_ROWS * this.#width)
  }

  giveBack(block: number): void {
    this.#bytes.fill(0, block, block + BLOCK_ROWS * this.#width)
    this.#free.push(block)
  }

  set(block: number, row: number, vector: ArrayLike<number>): void {
    this.#write(block + row * this.#width, vector)
  }

  copy(from: { block: number; row: number }, to: { block: number; row: number }): void {
    const start = from.block + from.row * this.#width
    this.#bytes.copyWithin(to.block + to.row * this.#width, start, start + this.#width)
  }

  /** What the next distances are measured from. */
  ask(query: ArrayLike<number>): void {
    this.#write(0, query)
  }

  /** How many signs of each of a block's first rows differ from the query's. Holds until the next call. */
  distances(block: number, rows: number): Uint16Array {
    this.#measure(block, block + rows * this.#width, this.#width, 0, this.#distances)
    return new Uint16Array(this.#memory.buffer, this.#distances, rows)
  }

  #write(start: number, vector: ArrayLike<number>): void {
    signsOf(vector, new Uint32Array(this.#memory.buffer, start, this.#width / 4))
  }

  #take(bytes: number): number {
    const start = this.#next
    this.#next += bytes
    const missing = this.#next - this.#memory.buffer.byteLength
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE))
      this.#bytes = new Uint8Array(this.#memory.buffer)
    }
    return start
  }
}
