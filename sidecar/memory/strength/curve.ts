import { type MemoryType, PROTECTIONS, type Protection } from '../../contract/index.ts'

const DAY_MS = 86_400_000
/** An untouched memory has faded to this when its retention is over: from here on it is cold. */
export const FADED = 0.05
/** Half-lives from whole to faded: log2(1 / 0.05). */
const HALVINGS = Math.log2(1 / FADED)

/** Days that an untouched memory of usual importance stays, by its type. */
export type Retention = Readonly<Record<MemoryType, number>>

/** What the curve is drawn from. */
export interface Traces {
  type: MemoryType
  importance: number
  protection: Protection
  pinned: boolean
  /** When it was said, or last corrected. */
  since: string
  uses: number
  lastUsedAt?: string | undefined
  /** How many sessions it was of use in. */
  sessions: number
}

/** How much longer a protected memory lasts. What is permanent never fades. */
const LASTS: Readonly<Record<Protection, number>> = { none: 1, low: 2, medium: 5, high: 20, permanent: Number.POSITIVE_INFINITY }

/** Protection that use earns; each step is lost again after so many days without use. */
const EARNED = [
  { level: 'high', uses: 5, sessions: 3 },
  { level: 'medium', uses: 3, sessions: 2 },
  { level: 'low', uses: 2, sessions: 2 },
] as const
const STALE_DAYS = 30

/** Half-life in days of an untouched, unprotected memory of usual importance. */
export const halfLifeOf = (type: MemoryType, retention: Retention): number => retention[type] / HALVINGS

/** The protection set by a person, or earned by use where that is more. */
export function protectionOf({ protection, uses, sessions, lastUsedAt }: Traces, now: string): Protection {
  const earned = EARNED.find((step) => uses >= step.uses || sessions >= step.sessions)?.level ?? 'none'
  const stale = lastUsedAt === undefined ? 0 : Math.floor(daysBetween(lastUsedAt, now) / STALE_DAYS)
  const kept = Math.max(0, PROTECTIONS.indexOf(earned) - stale)
  return PROTECTIONS[Math.max(kept, PROTECTIONS.indexOf(protection))]!
}

/**
 * How well a memory is held at a moment, from 1 to 0: it halves with each half-life since it was last touched. Computed from what is
 * stored, never kept: nothing has to run for a memory to fade.
 */
export function strengthAt(traces: Traces, now: string, retention: Retention): number {
  if (traces.pinned) return 1
  const life = lifeOf(traces, now, retention)
  if (!Number.isFinite(life)) return 1
  const touched = traces.lastUsedAt !== undefined && traces.lastUsedAt > traces.since ? traces.lastUsedAt : traces.since
  return 2 ** (-Math.max(0, daysBetween(touched, now)) / life)
}

/** The half-life of this very memory in days: longer for what matters, for what was of use, and for what is protected. */
export function lifeOf(traces: Traces, now: string, retention: Retention): number {
  const used = 1 + Math.log(1 + traces.uses) + 0.5 * Math.log(1 + traces.sessions)
  return halfLifeOf(traces.type, retention) * (0.5 + traces.importance) * used * LASTS[protectionOf(traces, now)]
}

/** One point of the curve over time. */
export interface CurvePoint {
  at: string
  strength: number
}

/** Strength from its beginning to some time ahead, as the uses that are known made it. @param uses oldest first */
export function curveOf(
  traces: Traces,
  uses: readonly { at: string; session: string }[],
  { from, to, points }: { from: string; to: string; points: number },
  retention: Retention,
): CurvePoint[] {
  const begin = Date.parse(from)
  const step = (Date.parse(to) - begin) / Math.max(1, points - 1)
  // Uses older than those kept one by one have no time any more: they count from the start.
  const unknown = Math.max(0, traces.uses - uses.length)
  return Array.from({ length: points }, (_, index) => {
    const at = new Date(begin + index * step).toISOString()
    const before = uses.filter((use) => use.at <= at)
    const then: Traces = {
      ...traces,
      since: traces.since > at ? from : traces.since,
      uses: unknown + before.length,
      sessions: sessionsOf(before),
      lastUsedAt: before.at(-1)?.at,
    }
    return { at, strength: strengthAt(then, at, retention) }
  })
}

/** In how many sessions these uses were. */
export const sessionsOf = (uses: readonly { session: string }[]): number =>
  new Set(uses.flatMap(({ session }) => (session === '' ? [] : [session]))).size

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS
