import { add, type Candidate } from './fuse.ts'
import type { Tuning } from './tuning.ts'
import { likeness } from './vector.ts'

/** Vectors at least this alike say the same. */
const TWINS = 0.96
/** Candidates that are looked at closer, for each result wanted. */
const CLOSER = 6
/** The first results are the best answers. Those after them widen the view: other sessions, first those with many hits. */
const FIRST = 10

/** The best, where each further one of a session or of the same content counts less. */
export function choose(
  candidates: readonly Candidate[],
  limit: number,
  sessionOf: (n: number) => string | null,
  vectorOf: ((n: number) => Int8Array | undefined) | undefined,
  tuning: Tuning,
): Candidate[] {
  const pool = [...candidates].sort((a, b) => b.score - a.score).slice(0, limit * CLOSER)
  const keeps = new Map(pool.map(({ n }) => [n, 1]))
  const hits = countBy(candidates, ({ n }) => sessionOf(n))
  const most = Math.max(1, ...hits.values())
  const worth = (candidate: Candidate): number => {
    const own = candidate.score * keeps.get(candidate.n)!
    return chosen.length < FIRST ? own : own + (tuning.session * (hits.get(sessionOf(candidate.n)) ?? 0)) / most
  }
  const chosen: Candidate[] = []
  while (chosen.length < limit && pool.length > 0) {
    let best = 0
    for (let at = 1; at < pool.length; at++) if (worth(pool[at]!) > worth(pool[best]!)) best = at
    const [next] = pool.splice(best, 1) as [Candidate]
    const kept = keeps.get(next.n)!
    if (kept < 1) add(next, 'diversity', next.score * (kept - 1))
    chosen.push(next)
    const session = sessionOf(next.n)
    const vector = vectorOf?.(next.n)
    for (const { n } of pool) {
      const other = vector && vectorOf?.(n)
      const repeats =
        session !== null && sessionOf(n) === session ? (chosen.length < FIRST ? tuning.repeat : tuning.repeatLater) : 1
      const twins = vector && other && likeness(vector, other) >= TWINS ? tuning.twin : 1
      if (repeats * twins < 1) keeps.set(n, keeps.get(n)! * repeats * twins)
    }
  }
  return chosen
}

function countBy(
  candidates: readonly Candidate[],
  sessionOf: (candidate: Candidate) => string | null,
): Map<string | null, number> {
  const counts = new Map<string | null, number>()
  for (const candidate of candidates) {
    const session = sessionOf(candidate)
    if (session !== null) counts.set(session, (counts.get(session) ?? 0) + 1)
  }
  return counts
}
