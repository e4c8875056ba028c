/** A memory that a leg found. */
export interface Hit {
  n: number
  score: number
}
