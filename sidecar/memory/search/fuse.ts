import type { Why } from '../../contract/index.ts'
import type { Hit } from './hit.ts'

export interface Candidate {
  n: number
  score: number
  why: Why
}

/** The usual constant of reciprocal rank fusion (Cormack et al., 2009). */
const RRF = 60

/**
 * Joins what the legs found. Convex: their scores, each on the scale of its own best, weighed with `meaning`; that weight was
 * found for one kind of vectors. Reciprocal ranks need no weight and serve all others.
 */
export function fuse(words: readonly Hit[], meaning: readonly Hit[], how: { weight: number } | 'rrf'): Map<number, Candidate> {
  const candidates = new Map<number, Candidate>()
  const add = (leg: 'words' | 'meaning', hits: readonly Hit[], share: (hit: Hit, rank: number) => number): void =>
    hits.forEach((hit, at) => {
      const part = share(hit, at + 1)
      const known = candidates.get(hit.n) ?? { n: hit.n, score: 0, why: { fusion: how === 'rrf' ? 'rrf' : 'convex', parts: {} } }
      known.score += part
      known.why[leg] = { score: hit.score, rank: at + 1 }
      known.why.parts[leg] = part
      candidates.set(hit.n, known)
    })
  if (how === 'rrf') {
    // On the scale of one, which the considerations that follow count on.
    const scale = (RRF + 1) / 2
    add('words', words, (_, rank) => scale / (RRF + rank))
    add('meaning', meaning, (_, rank) => scale / (RRF + rank))
  } else {
    const mostWords = words[0]?.score || 1
    const mostMeaning = Math.max(meaning[0]?.score ?? 0, 1e-6)
    add('words', words, ({ score }) => ((1 - how.weight) * score) / mostWords)
    add('meaning', meaning, ({ score }) => (how.weight * Math.max(0, score)) / mostMeaning)
  }
  return candidates
}

/** Adds what a consideration counts, and notes it. */
export function add(candidate: Candidate, part: string, value: number): void {
  if (value === 0) return
  candidate.score += value
  candidate.why.parts[part] = (candidate.why.parts[part] ?? 0) + value
}

/** The best so far, best first. */
export const best = (candidates: ReadonlyMap<number, Candidate>, most: number): Candidate[] =>
  [...candidates.values()].sort((a, b) => b.score - a.score).slice(0, most)

export const byNumber = (candidates: readonly Candidate[]): Map<number, Candidate> =>
  new Map(candidates.map((candidate) => [candidate.n, candidate]))
