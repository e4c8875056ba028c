import { resolve } from 'node:path'
import { SessionId } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plainLine } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

function idOf(text: string): SessionId {
  const id = SessionId.safeParse(text)
  if (id.success) return id.data
  throw new UsageError(`"${text}" is no session's id`, 'See `oxbow sessions` for the ids.')
}

export async function list(host: Host, session: string, { json }: JsonOption): Promise<number> {
  const sessionId = idOf(session)
  const { taints } = await withClient(host, (client) => client.policy.taints({ sessionId }))
  if (json) host.print(JSON.stringify({ taints }))
  else if (taints.length === 0) host.note('It holds neither words from outside nor anything private.')
  else
    for (const row of table(taints.map(({ label, source, reason }) => [label, plainLine(source), plainLine(reason)])))
      host.print(row)
  return EXIT.done
}

export async function clear(host: Host, session: string, { label }: { label?: 'untrusted' | 'private' }): Promise<number> {
  const sessionId = idOf(session)
  const { cleared } = await withClient(host, (client) =>
    client.policy.clearTaint({ sessionId, ...(label !== undefined && { labels: [label] }) }),
  )
  host.print(cleared.length === 0 ? 'It had no such label.' : `Cleared: ${cleared.join(', ')}.`)
  return EXIT.done
}

export async function files(host: Host, { json }: JsonOption): Promise<number> {
  const { files } = await withClient(host, (client) => client.policy.taintedFiles({}))
  if (json) host.print(JSON.stringify({ files }))
  else if (files.length === 0) host.note('No file has labels.')
  else
    for (const row of table(files.map(({ labels, path, source }) => [labels.join(' '), plainLine(path), plainLine(source)])))
      host.print(row)
  return EXIT.done
}

export async function trust(host: Host, path: string): Promise<number> {
  const whole = path.startsWith('spool:') ? path : resolve(host.cwd, path)
  const { trusted } = await withClient(host, (client) => client.policy.trustFile({ path: whole }))
  host.print(trusted === 0 ? 'It had no labels.' : `Labels taken away: ${trusted}.`)
  return EXIT.done
}
