import { spent, type UsageRow } from '../../../contract/index.ts'
import type { UsageOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

/** What model calls used and cost, folded by day, month, model, agent or session; or each call as CSV. */
export async function usage(host: Host, { by, from, to, json, csv }: UsageOptions): Promise<number> {
  const days = { ...(from !== undefined && { from: day(from) }), ...(to !== undefined && { to: day(to) }) }
  if (csv) {
    if (json) throw new UsageError('--csv and --json exclude each other')
    return printCsv(host, days)
  }
  const summary = await withClient(host, (client) => client.usage.summary({ by, ...days }))
  if (json) {
    host.print(JSON.stringify(summary))
    return EXIT.done
  }
  const { rows, total } = summary
  if (rows.length === 0) {
    host.note(from === undefined && to === undefined ? 'No model was called so far.' : 'No model was called in these days.')
    return EXIT.done
  }
  const all = rows.length === 1 ? rows : [...rows, { ...total, key: 'all' }]
  for (const line of table([[by, 'calls', 'tokens in', 'tokens out', 'cost'], ...all.map(cells)])) host.print(line)
  return EXIT.done
}

async function printCsv(host: Host, days: { from?: string; to?: string }): Promise<number> {
  await withClient(host, async (client) => {
    let after: number | undefined = 0
    while (after !== undefined) {
      const piece: { csv: string; next?: number | undefined } = await client.usage.csv({ ...days, after })
      if (piece.csv !== '') host.print(piece.csv.trimEnd())
      after = piece.next
    }
  })
  return EXIT.done
}

function cells({ key, label, calls, usage, ...sum }: UsageRow): string[] {
  const name = label === undefined ? key : `${key} ${plain(label)}`
  const read = usage.input + usage.cacheRead + usage.cacheWrite
  return [name || '(no agent)', number(calls), number(read), number(usage.output), spent(sum)]
}

const number = (value: number): string => value.toLocaleString('en-US')

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new UsageError(`"${text}" is no day`, 'Write it as 2026-11-21.')
  return text
}
