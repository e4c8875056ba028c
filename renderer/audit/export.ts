import type { AuditFilter } from '../../sidecar/contract/index.ts'
import { online } from '../stores/connection.ts'

/** Fetches the record, or what a filter leaves of it, with its proofs, and hands it to the person as a file. */
export async function exportRecord(filter: AuditFilter): Promise<void> {
  const pieces: string[] = []
  for await (const { lines } of await online().audit.export(filter)) pieces.push(`${lines.join('\n')}\n`)
  const url = URL.createObjectURL(new Blob(pieces, { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'oxbow-audit.jsonl'
  link.click()
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
