import type { Db } from '../../foundation/index.ts'
import { StoredVectors } from '../embedding/stored-vectors.ts'
import type { Range } from '../shelf.ts'
import type { Hit } from './hit.ts'
import { VectorReader } from './vector-reader.ts'
import type { VectorTable } from './vector-table.ts'

/** By its signs alone a vector's place is not exact, so some more than are wanted are read and compared. */
const READ_FOR_EACH = 1.5

/** Finds by meaning: the nearest by their signs, then exactly. */
export class VectorLeg {
  readonly #table: VectorTable
  readonly #read: (rows: readonly number[]) => [number, Uint8Array][]

  /** @param embedder the number of the embedder whose vectors the table knows */
  constructor(db: Db, embedder: number, table: VectorTable) {
    this.#table = table
    const statement = db
      .prepare<[number, number, string], [number, Uint8Array]>(
        'SELECT n, vector FROM memory_vectors WHERE embedder = ? AND length(vector) = ? AND n IN (SELECT value FROM json_each(?))',
      )
      .raw()
    this.#read = (rows) => statement.all(embedder, table.dimensions, JSON.stringify(rows))
  }

  /** For one search. */
  reader(): VectorReader {
    return new VectorReader(this.#table, this.#read)
  }

  /** Best first. */
  find(
    query: Float32Array,
    ranges: readonly Range[],
    allowed: ReadonlySet<number> | undefined,
    most: number,
    reader = this.reader(),
  ): Hit[] {
    const near = this.#table.nearest(query, ranges, allowed, Math.ceil(most * READ_FOR_EACH))
    return scoresOf(query, near, reader)
      .sort((a, b) => b.score - a.score)
      .slice(0, most)
  }
}

/** How near each is that has a vector. */
export function scoresOf(query: Float32Array, rows: readonly number[], reader: VectorReader): Hit[] {
  const { numbers, vectors } = reader.read(rows)
  const scores = new StoredVectors(vectors).likenessTo(query)
  return numbers.map((n, at) => ({ n, score: scores[at]! }))
}
