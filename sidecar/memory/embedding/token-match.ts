import { Comparer } from './comparer.ts'
import type { Compared } from './embedder.ts'
import type { StaticModel } from './static-tables.ts'
import { lengthOf } from './vector.ts'

/** Tokens that a text opens with: a title, or the point of what is said. */
const OPENING = 24
/** Tokens of a query that are compared; the strongest. */
const MOST_ASKED = 16

/**
 * How near each token of a query has one like it in a text (late interaction, as ColBERT's). Tokens of a static model mean the
 * same everywhere, so each pair is compared once for all texts.
 */
export class TokenMatch {
  readonly #model: StaticModel
  /** With the directions of the query's tokens. */
  readonly #asked: Comparer
  /** What each counts; in sum one. */
  readonly #weights: Float32Array
  readonly #known = new Map<number, Float32Array>()

  constructor(query: readonly number[], model: StaticModel) {
    const { dimensions, table } = model
    this.#model = model
    const asked = [...new Set(query)]
      .map((token) => {
        const start = startOf(token, model)
        const length = lengthOf(table, start, dimensions)
        return { start, length, weight: length * Math.abs(model.weights ? (model.weights[token] ?? 0) : 1) }
      })
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_ASKED)
    const sum = asked.reduce((total, { weight }) => total + weight, 0)
    this.#weights = Float32Array.from(asked, ({ weight }) => (sum === 0 ? 0 : weight / sum))
    const directions = new Float32Array(asked.length * dimensions)
    asked.forEach(({ start, length }, nth) => {
      if (length > 0) for (let at = 0; at < dimensions; at++) directions[nth * dimensions + at] = table[start + at]! / length
    })
    this.#asked = new Comparer(directions, dimensions)
  }

  with(tokens: readonly number[]): Compared {
    const bests = new Float32Array(this.#weights.length)
    this.#raise(bests, tokens.slice(0, OPENING))
    const opening = this.#sum(bests)
    if (tokens.length <= OPENING) return { whole: opening, opening }
    this.#raise(bests, tokens.slice(OPENING))
    return { whole: this.#sum(bests), opening }
  }

  #raise(bests: Float32Array, tokens: readonly number[]): void {
    for (const token of tokens) {
      const likes = this.#likes(token)
      for (let nth = 0; nth < bests.length; nth++) if (likes[nth]! > bests[nth]!) bests[nth] = likes[nth]!
    }
  }

  #sum(bests: Float32Array): number {
    let sum = 0
    for (let nth = 0; nth < bests.length; nth++) sum += this.#weights[nth]! * bests[nth]!
    return sum
  }

  /** How like the query's tokens this one is. */
  #likes(token: number): Float32Array {
    const known = this.#known.get(token)
    if (known) return known
    const { dimensions, table } = this.#model
    const start = startOf(token, this.#model)
    const likes = this.#asked.with(table.subarray(start, start + dimensions)).slice()
    this.#known.set(token, likes)
    return likes
  }
}

/** Where a token's row begins. */
const startOf = (token: number, { dimensions, rows }: StaticModel): number => (rows ? (rows[token] ?? 0) : token) * dimensions
