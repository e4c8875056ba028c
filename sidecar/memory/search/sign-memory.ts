import { stepped, VectorMemory } from '../embedding/vector-code.ts'
import { signsOf } from './vector.ts'

/** Rows of a block. */
export const BLOCK_ROWS = 512
/** Farther than any row is. */
const FAR = 0x7fff

/** A block of rows: where its signs are, and the distances that were measured last. */
export interface SignBlock {
  signs: number
  distances: number
}

/** The signs of vectors, in blocks of rows that are lent and given back: one piece of memory, whose bits are counted in place. */
export class SignMemory {
  readonly #memory = new VectorMemory()
  readonly #dimensions: number
  /** Bytes of a row. */
  readonly #width: number
  readonly #query: number
  readonly #vector: number
  readonly #counts: number
  readonly #near: number
  readonly #free: SignBlock[] = []

  constructor(dimensions: number) {
    this.#dimensions = dimensions
    this.#width = stepped(dimensions / 8)
    this.#query = this.#memory.take(this.#width)
    this.#vector = this.#memory.take(dimensions)
    this.#counts = this.#memory.take((dimensions + 1) * 4)
    this.#near = this.#memory.take(BLOCK_ROWS * 2)
  }

  /** A block that nobody else has. */
  lend(): SignBlock {
    return (
      this.#free.pop() ?? { signs: this.#memory.take(BLOCK_ROWS * this.#width), distances: this.#memory.take(BLOCK_ROWS * 2) }
    )
  }

  giveBack(block: SignBlock): void {
    this.#bytes(block.signs, BLOCK_ROWS * this.#width).fill(0)
    this.#free.push(block)
  }

  set({ signs }: SignBlock, row: number, vector: Int8Array): void {
    new Int8Array(this.#memory.buffer, this.#vector, this.#dimensions).set(vector)
    this.#memory.code.signs(this.#vector, stepped(this.#dimensions), signs + row * this.#width)
  }

  copy(from: { block: SignBlock; row: number }, to: { block: SignBlock; row: number }): void {
    const bytes = this.#bytes(from.block.signs + from.row * this.#width, this.#width)
    this.#bytes(to.block.signs + to.row * this.#width, this.#width).set(bytes)
  }

  /** What the next distances are measured from. */
  ask(query: ArrayLike<number>): void {
    signsOf(query, new Uint32Array(this.#memory.buffer, this.#query, this.#width / 4))
    this.#bytes(this.#counts, (this.#dimensions + 1) * 4).fill(0)
  }

  /** Measures in how many signs each of a block's first rows differs from the query. @param takes absent: every row counts */
  measure({ signs, distances }: SignBlock, rows: number, takes?: (row: number) => boolean): void {
    const { code, buffer } = this.#memory
    code.measure(signs, rows, this.#width, this.#query, distances)
    if (takes) {
      const measured = new Uint16Array(buffer, distances, rows)
      for (let row = 0; row < rows; row++) if (!takes(row)) measured[row] = FAR
    }
    code.tally(distances, rows, this.#dimensions, this.#counts)
  }

  /** The least distance within which as many rows of the measured blocks are; if there are fewer, the most there is. */
  reach(most: number): number {
    const counts = new Uint32Array(this.#memory.buffer, this.#counts, this.#dimensions + 1)
    let limit = 0
    for (let sum = counts[0]!; sum < most && limit < this.#dimensions; sum += counts[limit]!) limit++
    return limit
  }

  /** The measured rows of a block that are no farther. Holds until the next call. */
  within({ distances }: SignBlock, rows: number, limit: number): Uint16Array {
    const found = this.#memory.code.within(distances, rows, limit, this.#near)
    return new Uint16Array(this.#memory.buffer, this.#near, found)
  }

  #bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length)
  }
}
