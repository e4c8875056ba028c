import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { table } from '../table.ts'

/** Models that a session can choose, also those of servers on this computer. */
export async function models(host: Host, { json }: JsonOption): Promise<number> {
  const found = await withClient(host, async (client) => {
    await client.models.probe()
    return client.models.list()
  })
  if (json) {
    host.print(JSON.stringify(found))
    return EXIT.done
  }
  const rows = found.models.map(({ ref, name, ready }) => [
    `${ref === found.default ? '*' : ' '} ${ref}`,
    name,
    ready ? 'ready' : 'not ready',
  ])
  for (const row of table(rows)) host.print(row)
  for (const note of new Set(found.models.flatMap((model) => (model.ready ? [] : (model.note ?? []))))) host.note(note)
  host.note(`New sessions use ${found.default}: ${found.why}`)
  return EXIT.done
}
