import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a client of this computer finds the running sidecar. */
export interface Gateway {
  url: string
  token: string
  pid: number
  version: string
  startedAt: string
}

/** The token of this home: made once, kept over restarts so that open windows come back by themselves. @param run folder, mode 0700 */
export function homeToken(run: string): string {
  const path = join(run, 'token')
  try {
    const token = readFileSync(path, 'utf8').trim()
    if (/^[\w-]{43}$/.test(token)) {
      chmodSync(path, 0o600)
      return token
    }
  } catch {
    // none yet
  }
  const token = randomBytes(32).toString('base64url')
  writeWhole(path, token)
  return token
}

export function writeGateway(path: string, gateway: Gateway): void {
  writeWhole(path, `${JSON.stringify(gateway, null, 2)}\n`)
}

export function removeGateway(path: string): void {
  rmSync(path, { force: true })
}

/** Readable by the person only, and never seen half written. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text, { mode: 0o600 })
  renameSync(temporary, path)
}
