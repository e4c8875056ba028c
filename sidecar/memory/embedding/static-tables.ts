import type { Tokenizer } from './wordpiece.ts'

/** A static model in memory: a vector for each token. */
export interface StaticModel {
  readonly dimensions: number
  readonly tokenizer: Tokenizer
  /** Row after row. Bytes stay bytes, a quarter of the memory. */
  readonly table: Float32Array | Int8Array
  /** The weight of each token, when the rows do not carry it. */
  readonly weights: Float32Array | undefined
  /** The row of each token, when it is not the token's own. */
  readonly rows: Int32Array | undefined
}
