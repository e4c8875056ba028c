import type { Db } from '../../foundation/index.ts'
import type { Range } from '../shelf.ts'
import type { Hit } from './hit.ts'
import { cosineTo } from './vector.ts'
import type { VectorTable } from './vector-table.ts'

/** By its signs alone a vector's place is not exact, so some more than are wanted are read and compared. */
const READ_FOR_EACH = 1.5

/** Finds by meaning: the nearest by their signs, then exactly. */
export class VectorLeg {
  readonly #table: VectorTable
  readonly #vectors: { get(n: number): { vector: Uint8Array } | undefined }

  /** @param embedder the number of the embedder whose vectors the table knows */
  constructor(db: Db, embedder: number, table: VectorTable) {
    this.#table = table
    const statement = db.prepare<[number, number], { vector: Uint8Array }>(
      'SELECT vector FROM memory_vectors WHERE embedder = ? AND n = ?',
    )
    this.#vectors = { get: (n) => statement.get(embedder, n) }
  }

  /** Vectors by number, each read once: for one search. */
  reader(): (n: number) => Int8Array | undefined {
    const known = new Map<number, Int8Array | undefined>()
    return (n) => {
      if (!known.has(n)) known.set(n, this.vector(n))
      return known.get(n)
    }
  }

  /** Best first. */
  find(
    query: Float32Array,
    ranges: readonly Range[],
    allowed: ReadonlySet<number> | undefined,
    most: number,
    vector = this.reader(),
  ): Hit[] {
    const near = this.#table.nearest(query, ranges, allowed, Math.ceil(most * READ_FOR_EACH))
    return scoresOf(query, near, vector)
      .sort((a, b) => b.score - a.score)
      .slice(0, most)
  }

  vector(n: number): Int8Array | undefined {
    const held = this.#table.held(n)
    if (held) return held
    const row = this.#vectors.get(n)
    return row && new Int8Array(row.vector.buffer, row.vector.byteOffset, row.vector.byteLength)
  }
}

/** How near each is that has a vector. */
export function scoresOf(query: Float32Array, rows: readonly number[], vectorOf: (n: number) => Int8Array | undefined): Hit[] {
  const near = cosineTo(query)
  return rows.flatMap((n) => {
    const vector = vectorOf(n)
    return vector ? { n, score: near(vector) } : []
  })
}
