import type { Compared } from './embedder.ts'
import type { StaticModel } from './static-tables.ts'

/** Tokens that a text opens with: a title, or the point of what is said. */
const OPENING = 24
/** Tokens of a query that are compared; the strongest. */
const MOST_ASKED = 32

/**
 * How near each token of a query has one like it in a text (late interaction, as ColBERT's). Tokens of a static model mean the
 * same everywhere, so each pair is compared once for all texts.
 */
export class TokenMatch {
  readonly #model: StaticModel
  readonly #asked: { vector: Float32Array; weight: number }[]
  readonly #known = new Map<number, Float32Array>()

  constructor(query: readonly number[], model: StaticModel) {
    this.#model = model
    const lengths = [...new Set(query)].map((token) => {
      const vector = rowOf(token, model)
      return { vector: vector.unit, length: vector.length }
    })
    const asked = lengths.sort((a, b) => b.length - a.length).slice(0, MOST_ASKED)
    const sum = asked.reduce((total, { length }) => total + length, 0)
    this.#asked = asked.map(({ vector, length }) => ({ vector, weight: sum === 0 ? 0 : length / sum }))
  }

  with(tokens: readonly number[]): Compared {
    const bests = new Float32Array(this.#asked.length)
    for (const token of new Set(tokens.slice(0, OPENING))) this.#raise(bests, token)
    const opening = this.#sum(bests)
    if (tokens.length <= OPENING) return { whole: opening, opening }
    for (const token of new Set(tokens.slice(OPENING))) this.#raise(bests, token)
    return { whole: this.#sum(bests), opening }
  }

  #raise(bests: Float32Array, token: number): void {
    const likes = this.#likes(token)
    for (let nth = 0; nth < bests.length; nth++) if (likes[nth]! > bests[nth]!) bests[nth] = likes[nth]!
  }

  #sum(bests: Float32Array): number {
    return this.#asked.reduce((sum, { weight }, nth) => sum + weight * bests[nth]!, 0)
  }

  /** How like the query's tokens this one is. */
  #likes(token: number): Float32Array {
    const known = this.#known.get(token)
    if (known) return known
    const { unit } = rowOf(token, this.#model)
    const likes = new Float32Array(this.#asked.length)
    this.#asked.forEach(({ vector }, nth) => {
      let dot = 0
      for (let at = 0; at < unit.length; at++) dot += unit[at]! * vector[at]!
      likes[nth] = dot
    })
    this.#known.set(token, likes)
    return likes
  }
}

/** A token's direction, and how much it weighs in a text. */
function rowOf(token: number, { dimensions, table, weights, rows }: StaticModel): { unit: Float32Array; length: number } {
  const start = (rows ? (rows[token] ?? 0) : token) * dimensions
  const unit = Float32Array.from(table.subarray(start, start + dimensions))
  let sum = 0
  for (const value of unit) sum += value * value
  const length = Math.sqrt(sum)
  if (length > 0) for (let at = 0; at < dimensions; at++) unit[at]! /= length
  return { unit, length: length * Math.abs(weights ? (weights[token] ?? 0) : 1) }
}
