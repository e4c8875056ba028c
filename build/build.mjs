/** Builds `out/` if a source changed since the last build. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { bootstrap, isScript } from './bootstrap.mjs'
import { Failure, main } from './lib/failure.mjs'
import { hashTree } from './lib/hash.mjs'
import { withLock } from './lib/lock.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { Steps } from './lib/steps.mjs'

const SOURCES = [
  'main',
  'preload',
  'renderer',
  'sidecar',
  'resources',
  'electron.vite.config.ts',
  'build/build.mjs',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
]
const STAMP = inRoot('out', '.stamp')
const CLI = inRoot('out', 'main', 'oxbow.cjs')

/** Builds if sources changed. Two processes at once: the second waits, and finds the work done. */
export async function build({ steps = new Steps() } = {}) {
  if (isCurrent(hashTree(ROOT, SOURCES))) return steps.skip('build', 'no source changed')
  const onWait = (pid) => steps.note(`process ${pid} is building: waiting for it`)
  await withLock(inRoot('.toolchain', 'build.lock'), () => buildNow(steps), { onWait })
}

async function buildNow(steps) {
  // Taken before the build: a source that changes while it runs makes the next one build again.
  const hash = hashTree(ROOT, SOURCES)
  if (isCurrent(hash)) return
  rmSync(STAMP, { force: true })
  await steps.run('build', bundle)
  makeExecutable(CLI)
  mkdirSync(inRoot('out'), { recursive: true })
  writeFileSync(STAMP, hash)
}

function isCurrent(hash) {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash
}

async function bundle() {
  process.chdir(ROOT)
  const electronVite = await import('electron-vite')
  try {
    await electronVite.build({ configFile: inRoot('electron.vite.config.ts'), root: ROOT, logLevel: 'warn' })
  } catch (error) {
    throw new Failure('the build failed', { output: String(error.message ?? error) })
  }
}

function makeExecutable(file) {
  const text = readFileSync(file, 'utf8')
  if (!text.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${text}`)
  chmodSync(file, 0o755)
}

if (isScript(import.meta.url)) {
  await main(async () => {
    await bootstrap()
    await build()
  })
}
