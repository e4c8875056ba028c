/**
 * From a bare clone to something that can build: a Node that Oxbow runs on, and the locked packages. Plain JavaScript without
 * dependencies, for any Node since 18. Doing it again when all is there costs a few file reads.
 */
import { realpathSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure, main } from './lib/failure.mjs'
import { isNewEnough } from './lib/node.mjs'
import { ensurePackages } from './lib/packages.mjs'
import { ROOT } from './lib/paths.mjs'
import { foreground } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'
import { ensureToolchainNode } from './lib/toolchain.mjs'

/** Longer than the grace of what runs inside, so that the inner process ends its children itself. */
const OUTER_GRACE_MS = 7_000

/**
 * Makes Node and packages ready. Where the running Node is too old, the whole script runs again on the pinned one, and this
 * process only waits for it: what follows a call of this function always runs on a Node that is new enough.
 */
export async function bootstrap({ steps = new Steps() } = {}) {
  const version = process.versions.node
  if (!isNewEnough(version)) {
    if (Number.parseInt(version, 10) < 18) {
      throw new Failure(`Node ${version} is too old to start from`, { hint: 'Install Node 18 or newer (https://nodejs.org).' })
    }
    const { node } = await ensureToolchainNode(ROOT, steps)
    process.exit(await foreground(node, process.argv.slice(1), { graceMs: OUTER_GRACE_MS }))
  }
  const mine = process.execPath.startsWith(ROOT) ? 'from .toolchain' : 'is new enough'
  steps.skip(`node ${version}`, mine)
  // For programs that start with `#!/usr/bin/env node`.
  process.env.PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`
  await ensurePackages(ROOT, process.execPath, steps)
}

/** Whether this module is the script that Node was started with. */
export function isScript(moduleUrl) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl)
}

if (isScript(import.meta.url)) await main(() => bootstrap())
