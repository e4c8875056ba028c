import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Oxbow's home: `OXBOW_HOME`, else `~/.oxbow`. The sidecar reads the same variable. */
export function oxbowHome(env: NodeJS.ProcessEnv): string {
  return env.OXBOW_HOME ? resolve(env.OXBOW_HOME) : join(homedir(), '.oxbow')
}

/** Where the keys of providers lie, sealed by the system's keychain. The sidecar reads their names there. */
export function sealedKeysPath(home: string): string {
  return join(home, 'keychain.json')
}

/** Where the supervisors keep what a sidecar prints. */
export function consoleLogPath(home: string): string {
  return join(home, 'logs', 'sidecar-console.log')
}
