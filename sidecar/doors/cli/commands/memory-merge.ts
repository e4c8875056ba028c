import { MemoryId } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'

/** Lets memories become one. */
export async function merge(
  host: Host,
  ids: readonly string[],
  { text, dryRun = false, json }: JsonOption & { text?: string; dryRun?: boolean },
): Promise<number> {
  if (ids.length < 2) throw new UsageError('name two or more memories', 'For example: oxbow memory merge mem_… mem_…')
  const chosen = ids.map(memoryId)
  const merged = await withClient(host, (client) =>
    client.memory.merge({ ids: chosen, dryRun, ...(text !== undefined && { text }) }),
  )
  if (json) host.print(JSON.stringify(merged))
  else {
    host.print(`${merged.memory.id}  ${plain(merged.text)}`)
    if (merged.dream !== undefined) host.note(`To take it back: oxbow memory undo ${merged.dream}`)
  }
  return EXIT.done
}

/** What was summed up; with an id, what that was made of. */
export async function digests(
  host: Host,
  id: string | undefined,
  { space, json }: JsonOption & { space?: string },
): Promise<number> {
  const asked = { ...(id !== undefined && { id: memoryId(id) }), ...(space !== undefined && { space }) }
  const { memories } = await withClient(host, (client) => client.memory.digests(asked))
  if (json) host.print(JSON.stringify({ memories }))
  else if (memories.length === 0)
    host.note(id === undefined ? 'Nothing is summed up yet; dreams do it.' : 'It was made of nothing else.')
  else
    for (const memory of memories)
      host.print(`${memory.id}  ${memory.validFrom.slice(0, 10)}  ${memory.externalId ?? memory.type}  ${plain(memory.text)}`)
  return EXIT.done
}

/** @throws UsageError */
function memoryId(text: string): MemoryId {
  const parsed = MemoryId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" is no id of a memory`, 'See `oxbow memory list --json` for the ids.')
}
