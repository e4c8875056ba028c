import type { EventOf, Mode, SafetyTier, SessionId } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'

/** A call that a model asked for, with where its session works. */
export interface PastCall {
  sessionId: SessionId
  at: string
  /** Its session's, as it is now. */
  space: string
  workspace: string
  mode: Mode
  tool: string
  tier: SafetyTier
  title: string
  args: unknown
}

/** The newest calls of all sessions since a moment. */
export function pastCalls(db: Db, since: string, limit: number): PastCall[] {
  const rows = db
    .prepare<
      [string, string, number],
      { id: SessionId; at: string; event: string; space: string; workspace: string; mode: Mode }
    >(
      `SELECT sessions.id, events.at, event, space, workspace, mode FROM sessions JOIN events ON session_id = sessions.id
       WHERE updated_at >= ? AND events.at >= ? AND event LIKE '{"type":"toolRequested"%' ORDER BY events.at DESC LIMIT ?`,
    )
    .all(since, since, limit)
  return rows.flatMap(({ id, at, event, space, workspace, mode }) => {
    const { name, args, title, tier } = JSON.parse(event) as EventOf<'toolRequested'>
    return tier === undefined ? [] : [{ sessionId: id, at, space, workspace, mode, tool: name, tier, title, args }]
  })
}
