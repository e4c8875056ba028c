import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig, OxbowError } from '../../foundation/index.ts'
import { broken, type DoctorContext, type Finding, ok, warning } from './context.ts'
import { existing } from './existing.ts'

/** The home can be written, and nobody else can read what is secret in it. */
export async function checkHome({ home }: DoctorContext): Promise<Finding> {
  const folder = await existing(home.root)
  try {
    await access(folder, constants.W_OK)
  } catch {
    return broken(`${folder} cannot be written`, `sudo chown -R "$USER" '${folder}', or choose another OXBOW_HOME.`)
  }
  if (folder !== home.root) return ok(`${home.root} will be made at the first start`)
  if (!(await stat(home.root)).isDirectory())
    return broken(`${home.root} is no folder`, 'Move it away, or choose another OXBOW_HOME.')
  const secrets = [home.root, home.run, home.config, home.gateway, join(home.run, 'token')]
  const open = (await Promise.all(secrets.map(openToOthers))).filter((path) => path !== undefined)
  if (open.length === 0) return ok(home.root)
  return warning(
    `others on this computer can read ${open.join(', ')}`,
    `chmod go-rwx ${open.map((path) => `'${path}'`).join(' ')}`,
  )
}

async function openToOthers(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found && (found.mode & 0o077) !== 0 ? path : undefined
}

/** The settings of all layers can be read and are right. */
export async function checkConfig({ home, env }: DoctorContext): Promise<Finding> {
  try {
    const { sources } = await loadConfig({ home, env })
    const places = [...new Set(sources.values())]
    return ok(places.length === 0 ? `defaults only; yours go into ${home.config}` : `settings from ${places.join(', ')}`)
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error
    return broken(error.message, error.hint ?? `Set it right in ${home.config}.`)
  }
}
