import type { Grant, SafetyTier, SessionId } from '../contract/index.ts'
import { type Clock, type Db, OxbowError } from '../foundation/index.ts'

export interface NewGrant {
  scope: 'session' | 'always'
  sessionId: SessionId
  workspace: string
  tier: SafetyTier
  subject: string
}

/** What a person allowed beyond one call: for a session, or always in a workspace. */
export interface Grants {
  add(grant: NewGrant): void
  find(sessionId: SessionId, workspace: string, tier: SafetyTier, subject: string): 'session' | 'always' | undefined
  /** Those given with "always". */
  standing(): Grant[]
  /** @throws OxbowError `grant.notFound` */
  revoke(id: number): void
}

export function createGrants(db: Db, clock: Clock): Grants {
  const insert = db.prepare('INSERT INTO grants (session_id, workspace, tier, subject, granted_at) VALUES (?, ?, ?, ?, ?)')
  const find = db.prepare<[string, string, string, string], { session_id: string | null }>(
    `SELECT session_id FROM grants WHERE workspace = ? AND tier = ? AND subject = ? AND (session_id IS NULL OR session_id = ?)
     ORDER BY session_id IS NULL DESC LIMIT 1`,
  )
  const standing = db.prepare<[], Grant>(
    'SELECT id, tier, subject, workspace, granted_at AS grantedAt FROM grants WHERE session_id IS NULL ORDER BY id',
  )
  const revoke = db.prepare('DELETE FROM grants WHERE id = ? AND session_id IS NULL')
  return {
    add({ scope, sessionId, workspace, tier, subject }) {
      insert.run(scope === 'session' ? sessionId : null, workspace, tier, subject, clock.iso())
    },
    find(sessionId, workspace, tier, subject) {
      const row = find.get(workspace, tier, subject, sessionId)
      return row && (row.session_id === null ? 'always' : 'session')
    },
    standing: () => standing.all(),
    revoke(id) {
      if (revoke.run(id).changes === 0)
        throw new OxbowError(
          'NOT_FOUND',
          'grant.notFound',
          `there is no standing grant ${id}`,
          'It may have been revoked already.',
        )
    },
  }
}
