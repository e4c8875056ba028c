import type { KeyPlace, ProviderInfo } from '../../../contract/index.ts'
import type { JsonOption, ProviderOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { readSecret } from '../secret.ts'
import { table } from '../table.ts'

const KEY_IS: Readonly<Record<KeyPlace, string>> = {
  keychain: 'key in the keychain',
  secrets: 'key in secrets.toml',
  config: 'key in the configuration',
  environment: 'key in the environment',
  locked: 'key in a keychain that is closed here',
}

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const found = await withClient(host, (client) => client.providers.list())
  if (json) host.print(JSON.stringify(found))
  else for (const row of table(found.providers.map(shown))) host.print(row)
  return EXIT.done
}

const shown = (provider: ProviderInfo): string[] => [
  provider.id,
  plain(provider.name),
  provider.ready ? 'ready' : 'not ready',
  provider.key ? KEY_IS[provider.key] : provider.needsKey ? 'no key' : 'needs no key',
  plain(provider.baseUrl),
]

/** The key comes from stdin or a prompt: an argument would be seen by every program of this computer. */
export async function add(host: Host, id: string, { type, baseUrl, model, key: asks }: ProviderOptions): Promise<number> {
  const key = asks === false ? undefined : await readSecret(host, `Key of ${id} (is not shown; empty for none): `)
  const { provider, warning } = await withClient(host, (client) =>
    client.providers.add({
      id,
      ...(type !== undefined && { type }),
      ...(baseUrl !== undefined && { baseUrl }),
      ...(model !== undefined && { models: model }),
      ...(key !== undefined && { key }),
    }),
  )
  host.print(shown(provider).join('  '))
  if (warning !== undefined) host.note(warning)
  if (provider.note !== undefined) host.note(provider.note)
  return EXIT.done
}

export async function test(host: Host, id: string, { model }: { model?: string }): Promise<number> {
  const trial = await withClient(host, (client) => client.providers.test({ id, ...(model !== undefined && { model }) }))
  if (trial.ok) {
    host.print(`${trial.model} answers (${(trial.durationMs / 1000).toFixed(1)} s).`)
    return EXIT.done
  }
  host.note(plain(trial.failure?.message ?? 'It did not answer.'))
  if (trial.failure?.hint !== undefined) host.note(plain(trial.failure.hint))
  return EXIT.failed
}

export async function remove(host: Host, id: string): Promise<number> {
  await withClient(host, (client) => client.providers.remove({ id }))
  return EXIT.done
}
