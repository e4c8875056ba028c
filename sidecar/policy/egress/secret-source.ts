import { type Host, inUrl } from './host.ts'
import { covers, readHostRule } from './host-rule.ts'
import { isLocal } from './judge.ts'
import { EgressRefusal } from './refusal.ts'
import type { SecretSource } from './secret-use.ts'

export interface SecretSourceOptions {
  secrets: {
    list(): readonly { hosts: readonly string[] }[]
    valueFor(name: string): { value: string; hosts: readonly string[] } | undefined
  }
  /** Told of each use, by name. */
  onUse(name: string, host: string, port: number, session?: string): void
}

/** Hands out values, each only for the hosts that a person named for it. */
export function createSecretSource({ secrets, onUse }: SecretSourceOptions): SecretSource {
  const mayGo = (hosts: readonly string[], host: Host, port: number): boolean =>
    hosts.some((rule) => covers(readHostRule(rule), host, port))
  return {
    any: () => secrets.list().length > 0,
    reaches: (host, port) => secrets.list().some(({ hosts }) => mayGo(hosts, host, port)),
    reveal(name, { host, port, encrypted, session }) {
      const at = { host: host.name, port }
      const known = secrets.valueFor(name)
      if (!known) throw new EgressRefusal('secret', `There is no secret "${name}".`, { ...at, hint: 'See `oxbow secrets list`.' })
      if (!mayGo(known.hosts, host, port)) {
        const message = `The secret "${name}" may not go to ${inUrl(host)}:${port}.`
        throw new EgressRefusal('secret', message, { ...at, hint: `It may go to ${known.hosts.join(', ')}.` })
      }
      if (!encrypted && !isLocal(host)) {
        throw new EgressRefusal('secret', `The secret "${name}" is not sent unencrypted.`, { ...at, hint: 'Use https.' })
      }
      onUse(name, host.name, port, session)
      return known.value
    },
  }
}
