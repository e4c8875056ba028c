import {
  type Isolation,
  type IsolationChoice,
  type IsolationTier,
  SandboxProfile,
  SetIsolation,
} from '../../../contract/index.ts'
import type { JsonOption, SandboxOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { sessionId } from '../session.ts'
import { styled } from '../turn-screen.ts'

const BY: Readonly<Record<IsolationChoice['by'], string>> = {
  agent: 'chosen for its agent',
  space: 'chosen for its space',
  session: 'chosen for the session',
  workspace: "asked for by the workspace's .oxbow/config.toml",
  setting: 'set in sandbox.tier',
  default: 'as nothing else is set',
}

const whose = ({ session }: { session?: string }) => (session === undefined ? {} : { sessionId: sessionId(session) })

export async function list(host: Host, options: SandboxOptions): Promise<number> {
  const answer = await withClient(host, (client) => client.sandbox.tiers(whose(options)))
  if (options.json) {
    host.print(JSON.stringify(answer))
    return EXIT.done
  }
  const { tiers, choice } = answer
  for (const tier of tiers) for (const line of inLines(tier, tier.tier === choice.tier, host)) host.print(line)
  host.note(`* ${choice.tier}: ${BY[choice.by]}`)
  return EXIT.done
}

function inLines(
  { tier, name, words, unsafe, ready, warning, reason, mend }: IsolationTier,
  chosen: boolean,
  host: Host,
): string[] {
  const { stdout } = host.terminal
  const state = ready ? styled('green', 'ready', stdout) : styled('yellow', 'not ready', stdout)
  const title = unsafe ? styled('red', `${tier}  ${name}`, stdout) : `${tier}  ${name}`
  return [
    `${chosen ? '*' : ' '} ${title}  ${state}`,
    `    ${words}`,
    ...(warning === undefined ? [] : [`    ${styled('yellow', plain(warning), stdout)}`]),
    ...(reason === undefined ? [] : [`    ${plain(reason)}`]),
    ...(mend === undefined ? [] : [`    ${styled('dim', `mend: ${plain(mend)}`, stdout)}`]),
  ]
}

export async function profiles(host: Host, options: SandboxOptions): Promise<number> {
  const answer = await withClient(host, (client) => client.sandbox.profiles(whose(options)))
  if (options.json) {
    host.print(JSON.stringify(answer))
    return EXIT.done
  }
  for (const { profile, words, reads, writes, network, processes, systemCalls } of answer.profiles) {
    host.print(`${profile === answer.chosen ? '*' : ' '} ${profile}  ${words}`)
    const lines = { reads, writes, network, processes, 'system calls': systemCalls }
    for (const [about, text] of Object.entries(lines)) host.print(`    ${about.padEnd(12)}  ${text}`)
  }
  return EXIT.done
}

/** @throws UsageError */
export async function set(host: Host, what: 'tier' | 'profile', value: string): Promise<number> {
  const known: readonly string[] = what === 'tier' ? SetIsolation.options : SandboxProfile.options
  if (value === 'host' && what === 'tier')
    throw new UsageError('host can be chosen for one session only', 'oxbow sandbox use host --session ses_…')
  if (value !== 'default' && !known.includes(value))
    throw new UsageError(`"${value}" is no ${what}`, `Choose one of ${known.join(', ')}, or default.`)
  const key = `sandbox.${what}`
  await withClient(host, (client) => client.config.set({ key, value: value === 'default' ? null : value }))
  host.print(`${key} is ${value} now.`)
  return EXIT.done
}

export async function use(host: Host, tier: Isolation | 'default', session: string): Promise<number> {
  const isolation = tier === 'default' ? null : tier
  const id = sessionId(session)
  const choice = await withClient(host, async (client) => {
    await client.sessions.configure({ sessionId: id, isolation })
    return client.sandbox.choice({ sessionId: id })
  })
  warnOfHost(host, choice.tier)
  host.print(`Its commands run in: ${choice.tier} (${BY[choice.by]}).`)
  return EXIT.done
}

/** Follows how a tier's image is made. */
export async function build(host: Host, tier: Isolation): Promise<number> {
  return withClient(host, async (client) => {
    for await (const item of await client.sandbox.build({ tier })) {
      if (item.type === 'line') host.note(plain(item.line))
      else host.print(`Made ${plain(item.made)}.`)
    }
    return EXIT.done
  })
}

/** Says in red that nothing stands between commands and the computer. */
export function warnOfHost(host: Host, tier: Isolation | undefined): void {
  if (tier !== 'host') return
  host.note(styled('red', 'NO ISOLATION: commands run as you, on all of this computer.', host.terminal.stderr))
}

export async function listVault(host: Host, path: string | undefined, { json }: JsonOption): Promise<number> {
  const answer = await withClient(host, (client) => client.vault.list(path === undefined ? {} : { path }))
  if (json) host.print(JSON.stringify(answer))
  else if (answer.entries.length === 0)
    host.note(`There is nothing in ${plain(answer.root)}. Put files there that you may want to give to agents.`)
  else
    for (const { name, kind, bytes } of answer.entries)
      host.print(kind === 'folder' ? `${plain(name)}/` : `${plain(name)}  ${bytes}`)
  return EXIT.done
}

export async function copyFromVault(
  host: Host,
  from: string,
  { session, to, overwrite = false }: { session: string; to?: string; overwrite?: boolean },
): Promise<number> {
  const wanted = { sessionId: sessionId(session), from, overwrite, ...(to !== undefined && { to }) }
  const { to: place, files } = await withClient(host, (client) => client.vault.copy(wanted))
  host.print(`Copied ${files === 1 ? 'one file' : `${files} files`} to ${plain(place)}`)
  return EXIT.done
}
