import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { Failure } from './failure.mjs'
import { headersOf } from './node.mjs'
import { run } from './run.mjs'

const BOUND_MS = 10 * 60_000
/** Gives up on an unreachable registry within half a minute, and says no more than what went wrong. */
const MANNERS = [
  '--fetch-timeout=60000',
  '--fetch-retries=3',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=10000',
  '--loglevel=warn',
  '--no-fund',
  '--no-audit',
  '--no-update-notifier',
  '--no-progress',
]

/** The first executable of this name on PATH, or undefined. */
export function findOnPath(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** npm's own program, which any Node can run: the npm that started us, else the one on PATH. */
export function findNpmCli(env = process.env) {
  const candidates = [env.npm_execpath]
  const onPath = findOnPath('npm', env.PATH)
  if (onPath !== undefined) {
    const real = realpathSync(onPath)
    candidates.push(real, join(dirname(onPath), '../lib/node_modules/npm/bin/npm-cli.js'), join(dirname(real), 'npm-cli.js'))
  }
  const found = candidates.find((file) => file !== undefined && /npm-cli\.c?js$/.test(file) && existsSync(file))
  if (found === undefined)
    throw new Failure('npm was not found', { hint: 'Install Node.js with npm (https://nodejs.org), then try again.' })
  return found
}

/** Runs npm with the given Node in a folder; its output is shown only when it fails. */
export async function npm(node, args, cwd) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  const headers = headersOf(node)
  if (headers !== undefined) env.npm_config_nodedir = headers
  const { code, output } = await run(node, [findNpmCli(), ...args, ...MANNERS], { cwd, env, timeoutMs: BOUND_MS })
  if (code === 0) return
  const offline = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(output)
  const hint = offline
    ? 'The npm registry cannot be reached. Check the network (and `npm config get registry`), then try again.'
    : 'What npm said is above. Mend it, then try again: what is done already is kept.'
  throw new Failure(`npm ${args[0]} failed (exit code ${code})`, { hint, output: withoutUsage(output) })
}

/** npm explains each of its options after some errors. */
function withoutUsage(output) {
  return output.replace(
    /(?:^npm (?:error|ERR!)\s*\n)?^npm (?:error|ERR!) Usage:[\s\S]*?(?=^npm (?:error|ERR!) A complete log)/m,
    '',
  )
}
