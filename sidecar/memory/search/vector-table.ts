import { type Range, rangeOf, shelfOf } from '../shelf.ts'
import { BLOCK_ROWS, type SignBlock, SignMemory } from './sign-memory.ts'

/** Bytes of vectors that are held in memory, 100,000 of 256 dimensions; those beyond it are read from the database. */
const MOST_HELD = 26 * 2 ** 20
const FIRST_PLACES = 64

interface Block {
  signs: SignBlock
  /** How many numbers of the shelf stand before each row's own. */
  offsets: Uint32Array
  vectors: Int8Array | undefined
}

/** The rows of one shelf, in no order: in blocks, so that growing copies nothing. */
interface Shelf {
  first: number
  count: number
  blocks: Block[]
  /** By a number's offset: one more than its place; 0 where it has none. */
  places: Int32Array
}

/**
 * The vectors in memory: the signs of all, 32 bytes for one of 256 dimensions, which tell the few that may be the nearest; and
 * as many whole ones as there is room for. Shelf by shelf, so that a search sees what is within its reach and nothing else.
 */
export class VectorTable {
  readonly #shelves = new Map<number, Shelf>()
  readonly #signs: SignMemory
  readonly dimensions: number
  readonly #mostHeld: number
  #held = 0

  /** @param mostHeld bytes of whole vectors */
  constructor(dimensions: number, mostHeld = MOST_HELD) {
    this.dimensions = dimensions
    this.#mostHeld = mostHeld
    this.#signs = new SignMemory(dimensions)
  }

  set(n: number, vector: Int8Array): void {
    const shelf = this.#shelf(shelfOf(n))
    const place = placeOf(shelf, n) ?? this.#append(shelf, n)
    const block = shelf.blocks[Math.floor(place / BLOCK_ROWS)]!
    const row = place % BLOCK_ROWS
    this.#signs.set(block.signs, row, vector)
    block.vectors?.set(vector, row * this.dimensions)
  }

  delete(n: number): void {
    const shelf = this.#shelves.get(shelfOf(n))
    const place = shelf && placeOf(shelf, n)
    if (!shelf || place === undefined) return
    shelf.places[n - shelf.first] = 0
    const last = --shelf.count
    const from = { block: shelf.blocks.at(-1)!, row: last % BLOCK_ROWS }
    if (place !== last) this.#move(shelf, from, place)
    from.block.vectors?.fill(0, from.row * this.dimensions, (from.row + 1) * this.dimensions)
    if (from.row === 0) this.#drop(shelf)
    if (shelf.count === 0) this.#shelves.delete(shelfOf(n))
  }

  has(n: number): boolean {
    const shelf = this.#shelves.get(shelfOf(n))
    return shelf !== undefined && placeOf(shelf, n) !== undefined
  }

  /** The vector as it is held; undefined where it is not. Holds until something changes. */
  held(n: number): Int8Array | undefined {
    const shelf = this.#shelves.get(shelfOf(n))
    const place = shelf && placeOf(shelf, n)
    if (!shelf || place === undefined) return undefined
    const start = (place % BLOCK_ROWS) * this.dimensions
    return shelf.blocks[Math.floor(place / BLOCK_ROWS)]!.vectors?.subarray(start, start + this.dimensions)
  }

  /** At least `most` numbers (if there are as many) whose signs are nearest. @param allowed absent: all of the ranges */
  nearest(query: Float32Array, ranges: readonly Range[], allowed: ReadonlySet<number> | undefined, most: number): number[] {
    const shelves = ranges.flatMap(({ from }) => this.#shelves.get(shelfOf(from)) ?? [])
    this.#signs.ask(query)
    for (const { first, blocks, count } of shelves)
      blocks.forEach(({ signs, offsets }, at) => {
        const takes = allowed && ((row: number) => allowed.has(first + offsets[row]!))
        this.#signs.measure(signs, rowsOf(at, count), takes)
      })
    const limit = this.#signs.reach(most)
    const near: number[] = []
    for (const { first, blocks, count } of shelves)
      blocks.forEach(({ signs, offsets }, at) => {
        for (const row of this.#signs.within(signs, rowsOf(at, count), limit)) near.push(first + offsets[row]!)
      })
    return near
  }

  #shelf(number: number): Shelf {
    let shelf = this.#shelves.get(number)
    if (!shelf) {
      shelf = { first: rangeOf(number).from, count: 0, blocks: [], places: new Int32Array(FIRST_PLACES) }
      this.#shelves.set(number, shelf)
    }
    return shelf
  }

  #append(shelf: Shelf, n: number): number {
    const offset = n - shelf.first
    if (offset >= shelf.places.length) {
      const places = new Int32Array(Math.max(offset + 1, shelf.places.length * 2))
      places.set(shelf.places)
      shelf.places = places
    }
    const place = shelf.count++
    const row = place % BLOCK_ROWS
    if (row === 0) shelf.blocks.push(this.#block())
    shelf.blocks.at(-1)!.offsets[row] = offset
    shelf.places[offset] = place + 1
    return place
  }

  #block(): Block {
    const bytes = BLOCK_ROWS * this.dimensions
    const holds = this.#held + bytes <= this.#mostHeld
    if (holds) this.#held += bytes
    return {
      signs: this.#signs.lend(),
      offsets: new Uint32Array(BLOCK_ROWS),
      vectors: holds ? new Int8Array(bytes) : undefined,
    }
  }

  #drop(shelf: Shelf): void {
    const block = shelf.blocks.pop()!
    this.#signs.giveBack(block.signs)
    this.#held -= block.vectors?.length ?? 0
  }

  /** Fills the place of a row that goes with the last one. */
  #move(shelf: Shelf, from: { block: Block; row: number }, place: number): void {
    const to = { block: shelf.blocks[Math.floor(place / BLOCK_ROWS)]!, row: place % BLOCK_ROWS }
    const offset = from.block.offsets[from.row]!
    to.block.offsets[to.row] = offset
    shelf.places[offset] = place + 1
    this.#signs.copy({ block: from.block.signs, row: from.row }, { block: to.block.signs, row: to.row })
    const size = this.dimensions
    if (!to.block.vectors) return
    // What stands in a block that is held can come from one that is not.
    const vector = from.block.vectors?.subarray(from.row * size, (from.row + 1) * size)
    if (vector) to.block.vectors.set(vector, to.row * size)
    else this.#release(to.block)
  }

  #release(block: Block): void {
    this.#held -= block.vectors?.length ?? 0
    block.vectors = undefined
  }
}

function placeOf({ first, places }: Shelf, n: number): number | undefined {
  const place = places[n - first]
  return place === undefined || place === 0 ? undefined : place - 1
}

/** How many rows the block at a place has. */
const rowsOf = (block: number, count: number): number => Math.min(BLOCK_ROWS, count - block * BLOCK_ROWS)
