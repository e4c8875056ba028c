import { grown, stepped, VectorMemory } from './vector-code.ts'

/** Where each part of the shared memory is, and for how many bytes of rows, floats of a query and results. */
interface Places {
  rows: number
  asked: number
  out: number
  room: { rows: number; asked: number; out: number }
}

/** One for all of a thread: vectors are compared one after the other. */
let memory: VectorMemory | undefined
let places: Places = { rows: 0, asked: 0, out: 0, room: { rows: 0, asked: 0, out: 0 } }
let loaded: StoredVectors | undefined

/** Stored vectors side by side, to compare all of them with one at once. */
export class StoredVectors {
  readonly #vectors: readonly Int8Array[]
  readonly #length: number

  /** @param vectors of one length; they must not change any more */
  constructor(vectors: readonly Int8Array[]) {
    this.#vectors = vectors
    this.#length = stepped(vectors[0]?.length ?? 0)
  }

  /** How alike each is to a unit vector, from -1 to 1; 0 for the zero vector. Holds until others are asked. */
  likenessTo(asked: Float32Array): Float32Array {
    const count = this.#vectors.length
    if (count === 0) return new Float32Array()
    if (loaded !== this) this.#load()
    const { buffer, code } = memory!
    new Float32Array(buffer, places.asked, asked.length).set(asked)
    code.cosines(places.rows, count, this.#length, places.asked, places.out)
    return new Float32Array(buffer, places.out, count)
  }

  #load(): void {
    const length = this.#length
    const count = this.#vectors.length
    memory ??= new VectorMemory()
    const need = { rows: count * length, asked: length, out: count }
    const { room: now } = places
    if (now.rows < need.rows || now.asked < need.asked || now.out < need.out) {
      const room = { rows: grown(now.rows, need.rows), asked: grown(now.asked, need.asked), out: grown(now.out, need.out) }
      places = { rows: memory.take(room.rows), asked: memory.take(room.asked * 4), out: memory.take(room.out * 4), room }
    }
    const rows = new Int8Array(memory.buffer, places.rows, need.rows)
    // Behind the last dimension stands nothing but zeros.
    if (this.#vectors.some((vector) => vector.length < length)) rows.fill(0)
    this.#vectors.forEach((vector, nth) => {
      rows.set(vector, nth * length)
    })
    new Float32Array(memory.buffer, places.asked, length).fill(0)
    loaded = this
  }
}
