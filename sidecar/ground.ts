import { homedir } from 'node:os'
import { join } from 'node:path'
import { AUDIT_KEY, type AuditRecord, auditKeys, openAudit, WatchedFile } from './audit/index.ts'
import { auditWitnesses, farWitnesses } from './audit-witnesses.ts'
import type { Closing } from './closing.ts'
import {
  type Clock,
  type Config,
  createIds,
  type Db,
  type Home,
  type HomeLock,
  type Ids,
  type Journal,
  loadConfig,
  lockHome,
  openDatabase,
  openJournal,
  prepareHome,
  resolveHome,
  type Sources,
  systemClock,
} from './foundation/index.ts'
import { knownSecrets } from './known-secrets.ts'
import { type Keychain, openSecrets, type Secrets } from './providers/index.ts'

/** A home that is ours alone, with its settings. */
export interface TakenHome {
  home: Home
  env: NodeJS.ProcessEnv
  /** Settings of the command line. */
  overrides: Record<string, unknown>
  config: Config
  sources: Sources
  lock: HomeLock
  journal: Journal
}

/** @throws OxbowError `home.inUse`, `config.invalid` */
export async function takeHome(env: NodeJS.ProcessEnv, overrides: Record<string, unknown>, waitMs: number): Promise<TakenHome> {
  const home = resolveHome(env)
  prepareHome(home)
  const { config, sources } = await loadConfig({ home, env, overrides })
  const lock = lockHome(join(home.run, 'lock'), waitMs)
  return { home, env, overrides, config, sources, lock, journal: openJournal(home.logs, config.log.level) }
}

/** What every room stands on. */
export interface Ground extends TakenHome {
  /** The person's own home folder. */
  personHome: string
  clock: Clock
  ids: Ids
  db: Db
  secrets: Secrets
  /** The keys of this computer by value. */
  known(): string[]
  audit: AuditRecord
  /** The person's own files, of which edits from outside are recorded. */
  watched: { settings: WatchedFile; rules: WatchedFile }
}

/** @throws OxbowError `database.*`, `secrets.unreadable` */
export function openGround(taken: TakenHome, keychain: Keychain | undefined, closing: Closing): Ground {
  const { home, env, config, journal } = taken
  const clock = systemClock
  const db = openDatabase({ path: home.database })
  closing.add('database', () => db.close())
  const secrets = openSecrets({ file: home.secrets, sealed: home.keychain, keychain, log: journal })
  const known = knownSecrets(config, env, secrets)
  const audit = openAudit({
    db,
    clock,
    keys: auditKeys({
      file: join(home.root, 'keys', 'audit.pem'),
      keychain,
      locked: () => secrets.place(AUDIT_KEY) === 'locked',
      journal,
    }),
    witnesses: auditWitnesses(home, config),
    posts: farWitnesses(home, config, env, journal),
    journal,
    known,
  })
  closing.add('audit', () => audit.close())
  return {
    ...taken,
    personHome: env.HOME ?? homedir(),
    clock,
    ids: createIds(),
    db,
    secrets,
    known,
    audit,
    watched: {
      settings: new WatchedFile({ db, audit, path: home.config, kind: 'config', known }),
      rules: new WatchedFile({ db, audit, path: home.policy, kind: 'policy', known }),
    },
  }
}
