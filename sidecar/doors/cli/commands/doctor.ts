import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Check } from '../../../contract/index.ts'
import { loadConfig, OxbowError, resolveHome } from '../../../foundation/index.ts'
import { createProviders, openSecrets } from '../../../providers/index.ts'
import { createProcessSandbox, createTiers, otherTiers } from '../../../sandbox/index.ts'
import { runDoctor } from '../../doctor/index.ts'
import type { JsonOption } from '../command-set.ts'
import { connectRunning } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { styled } from '../turn-screen.ts'

const SIGNS = { ok: 'ok  ', warning: 'warn', error: 'FAIL', skipped: '-   ' } as const
const COLORS = { ok: 'green', warning: 'yellow', error: 'red', skipped: 'dim' } as const

/** Checks this computer, with the running sidecar or without one. Fails where something is broken. */
export async function doctor(host: Host, { json }: JsonOption): Promise<number> {
  const checks = await examine(host)
  const { stdout } = host.terminal
  if (json) host.print(JSON.stringify({ checks }))
  else {
    const width = Math.max(...checks.map(({ name }) => name.length))
    for (const { name, status, detail, mend } of checks) {
      host.print(`${styled(COLORS[status], SIGNS[status], stdout)}  ${name.padEnd(width)}  ${detail}`)
      if (mend !== undefined) host.print(`${' '.repeat(width + 8)}${styled('dim', `mend: ${mend}`, stdout)}`)
    }
  }
  return checks.some(({ status }) => status === 'error') ? EXIT.failed : EXIT.done
}

async function examine(host: Host): Promise<Check[]> {
  const remote = await connectRunning(host)
  if (!remote) return examineHere(host)
  try {
    return (await remote.client.system.doctor()).checks
  } finally {
    remote.close()
  }
}

/** Without a sidecar; with wrong settings the rooms that need them are left out. */
async function examineHere({ env }: Host): Promise<Check[]> {
  const home = resolveHome(env)
  const loaded = await loadConfig({ home, env }).catch(() => undefined)
  if (!loaded) return runDoctor({ home, env })
  const { config, sources } = loaded
  const places = { home: home.root, tmpRoot: existsSync(home.tmp) ? home.tmp : tmpdir() }
  const sandbox = createProcessSandbox({ ...places, allowHosts: config.sandbox.allowHosts, env })
  const quiet = { debug: () => {}, warn: () => {} }
  const tiers = createTiers([sandbox, ...otherTiers({ ...places, env, log: quiet, container: config.sandbox.container })])
  const isolation = config.sandbox.tier
  try {
    const secrets = openSecrets({ file: home.secrets, sealed: home.keychain })
    const providers = createProviders({ config, env, catalogPath: home.models, accounts: { home, sources, secrets } })
    return await runDoctor({ home, env, providers, tiers, isolation })
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error
    const checks = await runDoctor({ home, env, tiers, isolation })
    return checks.map((check) => (check.name === 'keys' ? brokenKeys(error) : check))
  } finally {
    await tiers.close()
  }
}

/** A file of keys that cannot be read stops a sidecar, too. */
const brokenKeys = ({ message, hint }: OxbowError): Check => ({
  name: 'keys',
  status: 'error',
  detail: message,
  ...(hint !== undefined && { mend: hint }),
})
