import type { Db } from '../../foundation/index.ts'
import type { Range } from '../shelf.ts'
import type { BitIndex } from './bit-index.ts'
import type { Hit } from './hit.ts'
import { cosine } from './vector.ts'

/** Finds by meaning: the nearest by their signs, then exactly. */
export class VectorLeg {
  readonly #bits: BitIndex
  readonly #vectors: { get(n: number): { vector: Uint8Array } | undefined }

  /** @param embedder the number of the embedder whose vectors `bits` knows */
  constructor(db: Db, embedder: number, bits: BitIndex) {
    this.#bits = bits
    const statement = db.prepare<[number, number], { vector: Uint8Array }>(
      'SELECT vector FROM memory_vectors WHERE embedder = ? AND n = ?',
    )
    this.#vectors = { get: (n) => statement.get(embedder, n) }
  }

  /** Best first. */
  find(query: Float32Array, ranges: readonly Range[], allowed: ReadonlySet<number> | undefined, most: number): Hit[] {
    const hits = this.#bits.nearest(query, ranges, allowed, most * 2).flatMap((n) => this.score(query, n) ?? [])
    return hits.sort((a, b) => b.score - a.score).slice(0, most)
  }

  score(query: Float32Array, n: number): Hit | undefined {
    const vector = this.vector(n)
    return vector && { n, score: cosine(query, vector) }
  }

  vector(n: number): Int8Array | undefined {
    const row = this.#vectors.get(n)
    return row && new Int8Array(row.vector.buffer, row.vector.byteOffset, row.vector.byteLength)
  }
}
