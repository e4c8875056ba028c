import type { NamedSecret } from '../../../contract/index.ts'
import type { JsonOption, SecretOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { readSecret } from '../secret.ts'
import { table } from '../table.ts'

const PLACES: Readonly<Record<NamedSecret['place'], string>> = {
  keychain: 'in the keychain',
  secrets: 'in secrets.toml',
  locked: 'in a keychain that is closed here',
  missing: 'its value is gone',
}

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const { secrets } = await withClient(host, (client) => client.secrets.list())
  if (json) host.print(JSON.stringify(secrets))
  else if (secrets.length === 0)
    host.note('There are no secrets. Keep one with `oxbow secrets set github --host api.github.com`.')
  else
    for (const row of table(secrets.map(({ name, hosts, place }) => [name, hosts.join(' '), PLACES[place]])))
      host.print(plain(row))
  return EXIT.done
}

/** The value comes from stdin or a prompt: an argument would be seen by every program of this computer. */
export async function set(host: Host, name: string, { host: hosts, value: asks }: SecretOptions): Promise<number> {
  const value = asks === false ? undefined : await readSecret(host, `Value of ${name} (is not shown): `)
  if (asks !== false && value === undefined) throw new UsageError('there is no value', 'Type it, or hand it over on stdin.')
  const { secret, warning } = await withClient(host, (client) =>
    client.secrets.set({ name, hosts, ...(value !== undefined && { value }) }),
  )
  host.print(`Agents use it as {{secret:${secret.name}}} for ${secret.hosts.join(', ')}.`)
  if (warning !== undefined) host.note(warning)
  return EXIT.done
}

export async function remove(host: Host, name: string): Promise<number> {
  await withClient(host, (client) => client.secrets.remove({ name }))
  return EXIT.done
}
