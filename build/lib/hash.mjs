import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** SHA-256 of a file's bytes. */
export function hashFile(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** SHA-256 over the names, sizes and times of all files below these paths; a path that is not there counts as such. */
export function hashTree(root, paths) {
  const hash = createHash('sha256')
  for (const path of paths) visit(root, path, hash)
  return hash.digest('hex')
}

function visit(root, path, hash) {
  const full = join(root, path)
  const stat = statSync(full, { throwIfNoEntry: false })
  if (stat === undefined) hash.update(`${path}\0absent\n`)
  else if (stat.isDirectory()) for (const name of readdirSync(full).sort()) visit(root, join(path, name), hash)
  else hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
}
