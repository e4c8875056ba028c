import type { VectorTable } from './vector-table.ts'

/** Vectors by number, each read once; as long as nothing changes. */
export class VectorReader {
  readonly #table: VectorTable
  readonly #read: (rows: readonly number[]) => [number, Uint8Array][]
  readonly #known = new Map<number, Int8Array | undefined>()

  /** @param read reads from the database what the table does not hold */
  constructor(table: VectorTable, read: (rows: readonly number[]) => [number, Uint8Array][]) {
    this.#table = table
    this.#read = read
  }

  get(n: number): Int8Array | undefined {
    if (!this.#known.has(n)) this.#load([n])
    return this.#known.get(n)
  }

  /** Those of these rows that have a vector, with it. */
  read(rows: readonly number[]): { numbers: number[]; vectors: Int8Array[] } {
    this.#load(rows)
    const numbers = rows.filter((n) => this.#known.get(n) !== undefined)
    return { numbers, vectors: numbers.map((n) => this.#known.get(n)!) }
  }

  /** Reads what is missing of these in one go. */
  #load(rows: readonly number[]): void {
    const missing = rows.filter((n) => !this.#known.has(n))
    const elsewhere = missing.filter((n) => {
      const held = this.#table.held(n)
      this.#known.set(n, held)
      return held === undefined
    })
    if (elsewhere.length === 0) return
    for (const [n, { buffer, byteOffset, byteLength }] of this.#read(elsewhere))
      this.#known.set(n, new Int8Array(buffer, byteOffset, byteLength))
  }
}
