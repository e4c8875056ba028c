import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './failure.mjs'
import { npm } from './npm.mjs'
import { run } from './run.mjs'

/** Fetches one package from the npm registry into a folder, without what it depends on. @returns the folder of its files */
export async function fetchPackage({ name, version, integrity }, folder) {
  await npm(process.execPath, ['pack', `${name}@${version}`, '--ignore-scripts'], folder)
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (archive === undefined) throw new Failure(`npm brought no archive of ${name}`)
  const found = `sha512-${createHash('sha512')
    .update(readFileSync(join(folder, archive)))
    .digest('base64')}`
  if (found !== integrity) throw new Failure(`${name} ${version} is not the one we know`, { hint: `Its checksum is ${found}.` })
  const { code, output } = await run('tar', ['-xzf', archive], { cwd: folder, timeoutMs: 60_000 })
  if (code !== 0) throw new Failure(`the archive of ${name} cannot be unpacked`, { output })
  return join(folder, 'package')
}
