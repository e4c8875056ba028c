import { type Range, shelfOf } from '../shelf.ts'
import { signsOf } from './vector.ts'

const FIRST_ROOM = 64

/** The signs of one shelf's vectors, in no order. */
class Shelf {
  numbers = new Float64Array(FIRST_ROOM)
  signs: Uint32Array<ArrayBuffer>
  count = 0
  readonly places = new Map<number, number>()
  readonly #width: number

  constructor(width: number) {
    this.#width = width
    this.signs = new Uint32Array(FIRST_ROOM * width)
  }

  set(n: number, vector: ArrayLike<number>): void {
    let place = this.places.get(n)
    if (place === undefined) {
      place = this.count++
      if (place === this.numbers.length) this.#grow()
      this.places.set(n, place)
      this.numbers[place] = n
    }
    signsOf(vector, this.signs, place * this.#width)
  }

  delete(n: number): void {
    const place = this.places.get(n)
    if (place === undefined) return
    const last = --this.count
    this.places.delete(n)
    if (place !== last) {
      this.numbers[place] = this.numbers[last]!
      this.signs.copyWithin(place * this.#width, last * this.#width, (last + 1) * this.#width)
      this.places.set(this.numbers[place]!, place)
    }
    this.signs.fill(0, last * this.#width, (last + 1) * this.#width)
  }

  #grow(): void {
    const numbers = new Float64Array(this.numbers.length * 2)
    numbers.set(this.numbers)
    const signs = new Uint32Array(this.signs.length * 2)
    signs.set(this.signs)
    this.numbers = numbers
    this.signs = signs
  }
}

/**
 * The signs of all vectors in memory, 32 bytes for one of 256 dimensions: which few may be the nearest, before those are read and
 * compared exactly. Shelf by shelf, so that a search sees what is within its reach and nothing else.
 */
export class BitIndex {
  readonly #shelves = new Map<number, Shelf>()
  readonly #width: number

  constructor(dimensions: number) {
    this.#width = Math.ceil(dimensions / 32)
  }

  set(n: number, vector: ArrayLike<number>): void {
    const number = shelfOf(n)
    let shelf = this.#shelves.get(number)
    if (!shelf) {
      shelf = new Shelf(this.#width)
      this.#shelves.set(number, shelf)
    }
    shelf.set(n, vector)
  }

  delete(n: number): void {
    const shelf = this.#shelves.get(shelfOf(n))
    shelf?.delete(n)
    if (shelf?.count === 0) this.#shelves.delete(shelfOf(n))
  }

  has(n: number): boolean {
    return this.#shelves.get(shelfOf(n))?.places.has(n) === true
  }

  /** At least `most` numbers (if there are as many) whose signs are nearest. @param allowed absent: all of the ranges */
  nearest(query: Float32Array, ranges: readonly Range[], allowed: ReadonlySet<number> | undefined, most: number): number[] {
    const signs = new Uint32Array(this.#width)
    signsOf(query, signs)
    const shelves = ranges.flatMap(({ from }) => this.#shelves.get(shelfOf(from)) ?? [])
    const counts = new Uint32Array(this.#width * 32 + 1)
    const distances = shelves.map((shelf) => this.#measure(shelf, new Int32Array(signs.buffer), allowed, counts))
    let limit = 0
    for (let sum = counts[0]!; sum < most && limit < counts.length - 1; sum += counts[limit]!) limit++
    const near: number[] = []
    shelves.forEach((shelf, at) => {
      const measured = distances[at]!
      for (let place = 0; place < shelf.count; place++) if (measured[place]! <= limit) near.push(shelf.numbers[place]!)
    })
    return near
  }

  #measure(shelf: Shelf, query: Int32Array, allowed: ReadonlySet<number> | undefined, counts: Uint32Array): Uint16Array {
    const { numbers, count } = shelf
    // As signed numbers, which the engine keeps as whole ones.
    const signs = new Int32Array(shelf.signs.buffer)
    const width = this.#width
    const distances = new Uint16Array(count)
    for (let place = 0; place < count; place++) {
      if (allowed && !allowed.has(numbers[place]!)) {
        distances[place] = FAR
        continue
      }
      const distance = distanceOf(signs, place * width, query)
      distances[place] = distance
      counts[distance]!++
    }
    return distances
  }
}

/** Words whose set bits can be summed byte by byte without running over. */
const TOGETHER = 31

/** The number of bits in which two rows of signs differ, counted in parallel (Hacker's Delight, 5-2). */
function distanceOf(signs: Int32Array, start: number, query: Int32Array): number {
  let distance = 0
  for (let from = 0; from < query.length; from += TOGETHER) {
    const to = Math.min(from + TOGETHER, query.length)
    let sums = 0
    for (let word = from; word < to; word++) {
      let bits = signs[start + word]! ^ query[word]!
      bits = (bits - ((bits >>> 1) & 0x55555555)) | 0
      bits = ((bits & 0x33333333) + ((bits >>> 2) & 0x33333333)) | 0
      sums = (sums + ((bits + (bits >>> 4)) & 0x0f0f0f0f)) | 0
    }
    const halves = ((sums & 0x00ff00ff) + ((sums >>> 8) & 0x00ff00ff)) | 0
    distance += (halves & 0xffff) + (halves >>> 16)
  }
  return distance
}

const FAR = 0xffff
