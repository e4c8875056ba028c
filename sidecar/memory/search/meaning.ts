import type { Embedder } from '../embedding/embedder.ts'
import type { VectorLeg } from './vector-leg.ts'
import type { VectorReader } from './vector-reader.ts'

/** What search by meaning needs; absent as long as there is no index of vectors. */
export interface Meaning {
  embedder: Embedder
  leg: VectorLeg
  /** Of the query. */
  vector: Float32Array
}

/** One query's meaning. */
export interface Asked extends Meaning {
  vectors: VectorReader
}
