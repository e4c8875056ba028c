import type { AllowedHost } from '../../../contract/index.ts'
import type { HostOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { table } from '../table.ts'

const where = ({ scope, workspace, sessionId }: AllowedHost): string =>
  scope === 'everywhere' ? 'everywhere' : scope === 'workspace' ? `in ${workspace}` : `in session ${sessionId}`

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const { hosts, path } = await withClient(host, (client) => client.hosts.list())
  if (json) host.print(JSON.stringify(hosts))
  else if (hosts.length === 0) host.note('Agents reach no host. Allow one with `oxbow hosts allow example.com`.')
  else {
    const rows = hosts.map((one) => [one.id === undefined ? '-' : String(one.id), one.host, where(one), one.id ? '' : path])
    for (const row of table(rows)) host.print(plain(row))
  }
  return EXIT.done
}

export async function allow(host: Host, name: string, { workspace, session }: HostOptions): Promise<number> {
  const allowed = await withClient(host, (client) =>
    client.hosts.allow({
      host: name,
      ...(workspace !== undefined && { workspace: workspace === true ? host.cwd : workspace }),
      ...(session !== undefined && { sessionId: session as NonNullable<AllowedHost['sessionId']> }),
    }),
  )
  host.print(`${allowed.host} is allowed ${where(allowed)}.`)
  return EXIT.done
}

export async function remove(host: Host, id: number): Promise<number> {
  await withClient(host, (client) => client.hosts.remove({ id }))
  return EXIT.done
}
