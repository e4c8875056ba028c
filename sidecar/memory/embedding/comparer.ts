import { grown, stepped, VectorMemory } from './vector-code.ts'

/** Where each part of the shared memory is, for vectors of at most so many floats in all. */
interface Places {
  bytes: number
  row: number
  out: number
  asked: number
  /** Floats that fit into each: a row; all that is asked; how alike each of that is. */
  room: { row: number; asked: number; out: number }
}

/** One for all of a thread: vectors are compared one after the other. */
let memory: VectorMemory | undefined
let places: Places = { bytes: 0, row: 0, out: 0, asked: 0, room: { row: 0, asked: 0, out: 0 } }
let loaded: Comparer | undefined

/** Compares stored vectors with some that are asked for, in the lanes of the processor's vectors, which JavaScript has not. */
export class Comparer {
  readonly #asked: Float32Array
  readonly #dimensions: number
  readonly #count: number
  #bytes = new Int8Array()
  #row = new Float32Array()
  #out = new Float32Array()

  /** @param asked unit vectors, one behind the other; they must not change any more */
  constructor(asked: Float32Array, dimensions: number) {
    this.#asked = asked
    this.#dimensions = dimensions
    this.#count = dimensions === 0 ? 0 : asked.length / dimensions
  }

  /** How alike a stored vector is to each, from -1 to 1; 0 for the zero vector. Holds until any comparer is asked again. */
  with(stored: Int8Array | Float32Array): Float32Array {
    if (loaded !== this) this.#load()
    const { code } = memory!
    const length = stepped(this.#dimensions)
    if (stored instanceof Int8Array) {
      this.#bytes.set(stored)
      code.widen(places.bytes, places.row, length)
    } else this.#row.set(stored)
    code.dots(places.row, 1, places.row, length, places.out)
    const own = Math.sqrt(this.#out[0]!)
    code.dots(places.asked, this.#count, places.row, length, places.out)
    for (let nth = 0; nth < this.#count; nth++) this.#out[nth] = own === 0 ? 0 : this.#out[nth]! / own
    return this.#out
  }

  #load(): void {
    const length = stepped(this.#dimensions)
    memory ??= new VectorMemory()
    const need = { row: length, asked: this.#count * length, out: Math.max(1, this.#count) }
    const { room: now } = places
    if (now.row < need.row || now.asked < need.asked || now.out < need.out) {
      const room = { row: grown(now.row, need.row), asked: grown(now.asked, need.asked), out: grown(now.out, need.out) }
      const take = (floats: number): number => memory!.take(floats * 4)
      places = { bytes: memory.take(room.row), row: take(room.row), out: take(room.out), asked: take(room.asked), room }
    }
    const { buffer } = memory
    // Behind the last dimension stands nothing but zeros.
    new Int8Array(buffer, places.bytes, length).fill(0)
    new Float32Array(buffer, places.row, length).fill(0)
    const asked = new Float32Array(buffer, places.asked, this.#count * length)
    asked.fill(0)
    for (let nth = 0; nth < this.#count; nth++)
      asked.set(this.#asked.subarray(nth * this.#dimensions, (nth + 1) * this.#dimensions), nth * length)
    this.#bytes = new Int8Array(buffer, places.bytes, this.#dimensions)
    this.#row = new Float32Array(buffer, places.row, this.#dimensions)
    this.#out = new Float32Array(buffer, places.out, need.out)
    loaded = this
  }
}
