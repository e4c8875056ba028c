/**
 * Completes package-lock.json: `npm install` leaves out optional packages of other platforms when the registry does not answer
 * for them, and `npm ci` then refuses the lock on every platform. Their exact versions are in the manifest of the package that
 * wants them, and their platform is in their name. Run it after adding a package: `node build/complete-lock.mjs`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { isScript } from './bootstrap.mjs'
import { inRoot } from './lib/paths.mjs'

const LOCK = inRoot('package-lock.json')
const PLATFORM =
  /-(?<os>android|darwin|freebsd|linux|openharmony|win32|wasm32)-(?<cpu>arm64|arm|ia32|ppc64|riscv64|s390x|x64|wasi)(?:-(?<abi>\w+))?$/
const LIBC = { musl: 'musl', musleabihf: 'musl', gnu: 'glibc', gnueabihf: 'glibc' }

/** The entries that a lock asks for as optional packages without holding them, by path. */
export function missingOptional(lock) {
  const held = Object.keys(lock.packages)
  const missing = {}
  for (const wanting of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
      if (!held.some((path) => path.endsWith(`node_modules/${name}`)))
        missing[`node_modules/${name}`] = entry(name, version, wanting)
    }
  }
  return missing
}

function entry(name, version, wanting) {
  const found = PLATFORM.exec(name)?.groups
  if (found === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version}: its platform or exact version is not known`)
  const base = { version, ...(wanting.dev ? { dev: true } : {}), optional: true }
  if (found.os === 'wasm32') return { ...base, cpu: ['wasm32'] }
  const libc = found.os === 'linux' ? LIBC[found.abi] : undefined
  return { ...base, os: [found.os], cpu: [found.cpu], ...(libc ? { libc: [libc] } : {}) }
}

if (isScript(import.meta.url)) {
  const lock = JSON.parse(readFileSync(LOCK, 'utf8'))
  const missing = missingOptional(lock)
  const byPath = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en'))
  writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: Object.fromEntries(byPath) }, null, 2)}\n`)
  console.log(`${Object.keys(missing).length} entries added to package-lock.json`)
}
