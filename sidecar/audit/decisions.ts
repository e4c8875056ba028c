import type { SafetyTier, SessionId } from '../contract/index.ts'
import type { Clock, Db } from '../foundation/index.ts'

/** One answer of the gate, or of the person it asked. */
export interface DecisionRecord {
  sessionId: SessionId
  tool: string
  tier: SafetyTier
  title: string
  effect: 'allow' | 'ask' | 'deny'
  reason: string
}

/** The record of every decision. Append only. */
export interface DecisionLog {
  record(decision: DecisionRecord): void
}

export function createDecisionLog(db: Db, clock: Clock): DecisionLog {
  const insert = db.prepare(
    'INSERT INTO decisions (at, session_id, tool, tier, title, effect, reason) VALUES (@at, @sessionId, @tool, @tier, @title, @effect, @reason)',
  )
  return {
    record: (decision) => {
      insert.run({ at: clock.iso(), ...decision })
    },
  }
}
