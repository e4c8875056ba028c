import { chmodSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The places of Oxbow's home, all absolute. */
export interface Home {
  root: string
  config: string
  /** The rules of the gate. */
  policy: string
  /** Keys of providers where the system has no keychain; readable by the person only. */
  secrets: string
  /** Keys of providers as the system's keychain sealed them. */
  keychain: string
  /** A newer model catalogue, once one was fetched. */
  models: string
  database: string
  run: string
  logs: string
  /** How clients of this computer find the running sidecar. */
  gateway: string
  workspaces: string
  defaultWorkspace: string
  /** Shared between agents and sessions. */
  shared: string
  /** The person's files, where the settings name no other place. */
  vault: string
  /** Whole outputs of tools. */
  spool: string
  /** Private temp folders of boxes. */
  tmp: string
  /** Which relays lead boxes to the proxy, while any runs. */
  relays: string
  /** Files that people handed in, by their hash. */
  media: string
  /** Compiled code of earlier starts. */
  code: string
}

/** `OXBOW_HOME`, else `~/.oxbow`. */
export function resolveHome(env: NodeJS.ProcessEnv): Home {
  const root = resolve(env.OXBOW_HOME || join(env.HOME || homedir(), '.oxbow'))
  const run = join(root, 'run')
  const workspaces = join(root, 'workspaces')
  return {
    root,
    config: join(root, 'config.toml'),
    policy: join(root, 'policy.toml'),
    secrets: join(root, 'secrets.toml'),
    keychain: join(root, 'keychain.json'),
    models: join(root, 'models.json'),
    database: join(root, 'oxbow.db'),
    run,
    logs: join(root, 'logs'),
    gateway: join(run, 'gateway.json'),
    workspaces,
    defaultWorkspace: join(workspaces, 'default'),
    shared: join(root, 'shared'),
    vault: join(root, 'vault'),
    spool: join(run, 'spool'),
    tmp: join(run, 'tmp'),
    relays: join(run, 'relays'),
    media: join(root, 'media'),
    code: join(root, 'cache', 'code'),
  }
}

/** Makes the folders, readable by the person only. */
export function prepareHome(home: Home): void {
  for (const folder of [home.root, home.run, home.logs, home.workspaces, home.defaultWorkspace, home.spool, home.tmp])
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(home.root, 0o700)
  chmodSync(home.run, 0o700)
}
