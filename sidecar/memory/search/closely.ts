import type { Db } from '../../foundation/index.ts'
import { StoredVectors } from '../embedding/stored-vectors.ts'
import { type MaybePacked, textOf } from '../packed.ts'
import { add, type Candidate } from './fuse.ts'
import type { Asked } from './meaning.ts'
import type { Tuning } from './tuning.ts'
import { towards } from './vector.ts'

/** Adds to candidates what it counts to be like the best hits in meaning (Rocchio's feedback). */
export function addAlike(candidates: readonly Candidate[], top: readonly Candidate[], asked: Asked, tuning: Tuning): void {
  const likes = top.slice(0, tuning.alikeFrom).flatMap(({ n, score }) => {
    const vector = asked.vectors.get(n)
    return vector ? [{ vector, weight: score }] : []
  })
  if (tuning.alike === 0 || likes.length === 0) return
  const { vectors } = asked.vectors.read(candidates.map(({ n }) => n))
  const known = candidates.filter(({ n }) => asked.vectors.get(n))
  const near = new StoredVectors(vectors).likenessTo(towards(asked.vector, likes, tuning.alikeStep))
  addShares(
    Array.from(near, (share) => Math.max(0, share)),
    known,
    'alike',
    tuning.alike,
  )
}

/** Compares candidates with the query word by word, the whole text and its opening, where the embedder can. */
export function compareClosely(
  candidates: readonly Candidate[],
  read: (n: number) => string,
  query: string,
  { embedder }: Asked,
  tuning: Tuning,
): void {
  if (!embedder.compare || candidates.length === 0) return
  const compared = embedder.compare(
    query,
    candidates.map(({ n }) => read(n)),
  )
  addShares(
    compared.map(({ whole }) => whole),
    candidates,
    'closely',
    tuning.closely,
  )
  addShares(
    compared.map(({ opening }) => opening),
    candidates,
    'opening',
    tuning.opening,
  )
}

/** Each on the scale of the best. */
export function addShares(values: readonly number[], candidates: readonly Candidate[], part: string, weight: number): void {
  const most = Math.max(...values, 1e-9)
  candidates.forEach((candidate, at) => {
    add(candidate, part, (weight * values[at]!) / most)
  })
}

/** Reads texts of memories, each once. */
export function textReader(db: Db): () => (n: number) => string {
  const row = db.prepare<[number], MaybePacked>('SELECT text, packed FROM memories WHERE n = ?')
  return () => {
    const known = new Map<number, string>()
    return (n) => {
      const found = known.get(n) ?? row.get(n)
      const text = found === undefined || typeof found === 'string' ? (found ?? '') : textOf(found)
      known.set(n, text)
      return text
    }
  }
}
