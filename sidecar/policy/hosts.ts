import type { AllowedHost, SessionId } from '../contract/index.ts'
import { type Clock, type Db, OxbowError } from '../foundation/index.ts'

export interface HostsOptions {
  db: Db
  clock: Clock
  /** Those of the settings. */
  settings(): readonly string[]
}

/** Which hosts a person lets agents reach. */
export interface Hosts {
  list(): AllowedHost[]
  /** For a session or a workspace, else everywhere. @throws OxbowError `egress.rule` */
  allow(host: string, only?: { sessionId?: SessionId | undefined; workspace?: string | undefined }): Promise<AllowedHost>
  /** The same for rules that are written as `writeHostRule` does. */
  add(rules: readonly string[], only: { sessionId?: SessionId | undefined; workspace?: string | undefined }): void
  /** @throws OxbowError `hosts.notFound` */
  remove(id: number): void
  /** As rules, for what a session does in a workspace. */
  forWhom(of: { session?: string | undefined; workspace: string }): string[]
}

interface Only {
  sessionId?: SessionId | null | undefined
  workspace?: string | null | undefined
}

interface Row {
  id: number
  host: string
  session_id: string | null
  workspace: string | null
  added_at: string
}

export function createHosts({ db, clock, settings }: HostsOptions): Hosts {
  const all = db.prepare<[], Row>('SELECT * FROM allowed_hosts ORDER BY host, id')
  const same = db.prepare<[string, string | null, string | null], Row>(
    'SELECT * FROM allowed_hosts WHERE host = ? AND session_id IS ? AND workspace IS ?',
  )
  const insert = db.prepare('INSERT INTO allowed_hosts (host, session_id, workspace, added_at) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM allowed_hosts WHERE id = ?')
  const matching = db.prepare<[string | null, string], { host: string }>(
    `SELECT host FROM allowed_hosts
     WHERE (session_id IS NULL AND workspace IS NULL) OR session_id = ? OR workspace = ?`,
  )
  const put = (host: string, { sessionId = null, workspace = null }: Only) => {
    if (!same.get(host, sessionId, workspace)) insert.run(host, sessionId, workspace, clock.iso())
    return shown(same.get(host, sessionId, workspace)!)
  }
  return {
    list: () => [...settings().map((host) => ({ host, scope: 'everywhere' as const })), ...all.all().map(shown)],
    async allow(text, only = {}) {
      // Reading a rule takes a library that no start needs.
      const { readHostRule, writeHostRule } = await import('./egress/index.ts')
      return put(writeHostRule(readHostRule(text)), only)
    },
    add(rules, only) {
      for (const rule of rules) put(rule, only)
    },
    remove(id) {
      if (remove.run(id).changes > 0) return
      const hint = 'Those without a number stand in the settings, at sandbox.allow_hosts.'
      throw new OxbowError('NOT_FOUND', 'hosts.notFound', `there is no allowed host ${id}`, hint)
    },
    forWhom: ({ session, workspace }) => [...settings(), ...matching.all(session ?? null, workspace).map(({ host }) => host)],
  }
}

const shown = ({ id, host, session_id, workspace, added_at }: Row): AllowedHost => ({
  id,
  host,
  scope: session_id !== null ? 'session' : workspace !== null ? 'workspace' : 'everywhere',
  ...(session_id !== null && { sessionId: session_id as SessionId }),
  ...(workspace !== null && { workspace }),
  addedAt: added_at,
})
