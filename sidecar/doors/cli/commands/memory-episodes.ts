import type { MemorySearchOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'

const MOST = 100

/** Searches all that was said. What belongs to memories alone cannot narrow it. */
export async function search(
  host: Host,
  query: string,
  limit: number,
  { queries, asOf, space, type, tag, json }: MemorySearchOptions,
): Promise<number> {
  if ([queries, asOf, type, tag].some((option) => option !== undefined))
    throw new UsageError(
      '--episodes goes with --space, --limit and --json only',
      'For example: oxbow memory search --episodes "tulips"',
    )
  const answer = await withClient(host, (client) =>
    client.memory.episodes({ query, limit: Math.min(limit, MOST), ...(space !== undefined && { space }) }),
  )
  if (json) {
    host.print(JSON.stringify(answer))
    return EXIT.done
  }
  if (answer.episodes.length === 0) host.note('Nothing was found.')
  for (const { score, sessionId, title, kind, at, excerpt, taint } of answer.episodes) {
    const labels = taint.length > 0 ? `  ${taint.join(', ')}` : ''
    host.print(`${score.toFixed(2)}  ${sessionId}  ${at.slice(0, 10)}  ${kind}  ${plain(title)}${labels}`)
    host.print(`      ${plain(excerpt)}`)
  }
  return EXIT.done
}
