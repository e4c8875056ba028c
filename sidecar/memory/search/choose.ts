import { StoredVectors } from '../embedding/stored-vectors.ts'
import { add, best, type Candidate } from './fuse.ts'
import type { Tuning } from './tuning.ts'
import { unitOf } from './vector.ts'
import type { VectorReader } from './vector-reader.ts'

/** Vectors at least this alike say the same. */
const TWINS = 0.96
/** Candidates that are looked at closer, for each result wanted. */
const CLOSER = 6
/** The first results are the best answers. Those after them widen the view: other sessions, first those with many hits. */
const FIRST = 10

interface Contender {
  candidate: Candidate
  session: string | null
  vector: Int8Array | undefined
  /** What it keeps of its score beside those that were chosen. */
  keeps: number
  /** What the hits of its session say, as a share of the best session's. */
  evidence: number
}

/** The best, where each further one of a session or of the same content counts less. */
export function choose(
  candidates: ReadonlyMap<number, Candidate>,
  limit: number,
  sessionOf: (n: number) => string | null,
  vectors: VectorReader | undefined,
  tuning: Tuning,
): Candidate[] {
  const sums = evidenceOf(candidates, sessionOf)
  const most = Math.max(1e-9, ...sums.values())
  const pool = best(candidates, limit * CLOSER).map((candidate): Contender => {
    const session = sessionOf(candidate.n)
    return { candidate, session, vector: vectors?.get(candidate.n), keeps: 1, evidence: (sums.get(session) ?? 0) / most }
  })
  const known = pool.filter((one): one is Contender & { vector: Int8Array } => one.vector !== undefined)
  const stored = new StoredVectors(known.map(({ vector }) => vector))
  const chosen: Candidate[] = []
  while (chosen.length < limit && pool.length > 0) {
    const [next] = pool.splice(firstOf(pool, chosen.length < FIRST ? tuning.session : tuning.sessionLater), 1) as [Contender]
    if (next.keeps < 1) add(next.candidate, 'diversity', next.candidate.score * (next.keeps - 1))
    chosen.push(next.candidate)
    const repeat = chosen.length < FIRST ? tuning.repeat : tuning.repeatLater
    if (next.session !== null) for (const other of pool) if (other.session === next.session) other.keeps *= repeat
    if (next.vector)
      stored.likenessTo(unitOf(next.vector)).forEach((alike, at) => {
        if (alike >= TWINS) known[at]!.keeps *= tuning.twin
      })
  }
  return chosen
}

/** Where the one stands that is worth most now. @param session what the hits of its session count */
function firstOf(pool: readonly Contender[], session: number): number {
  let first = 0
  let most = Number.NEGATIVE_INFINITY
  pool.forEach(({ candidate, keeps, evidence }, at) => {
    const worth = candidate.score * keeps + session * evidence
    if (worth > most) {
      first = at
      most = worth
    }
  })
  return first
}

/** What each session's hits say together; the better a hit, the more it says. */
function evidenceOf(
  candidates: ReadonlyMap<number, Candidate>,
  sessionOf: (n: number) => string | null,
): Map<string | null, number> {
  const sums = new Map<string | null, number>()
  for (const { n, score } of candidates.values()) {
    const session = sessionOf(n)
    if (session !== null) sums.set(session, (sums.get(session) ?? 0) + Math.max(0, score))
  }
  return sums
}
