import {
  type Client,
  type Memory,
  MemoryId,
  type MemoryResult,
  type MemoryType,
  type Protection,
} from '../../../contract/index.ts'
import type { ForgetOptions, JsonOption, MemoryFields, MemoryFilter, MemorySearchOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'
import { answerQueries, lineOf } from './memory-queries.ts'

export async function list(
  host: Host,
  { pinned, tier, limit, json, ...options }: MemoryFilter & { pinned?: boolean; tier?: 'hot' | 'warm' | 'cold' },
): Promise<number> {
  const filter = { ...filterOf(options), ...(pinned && { pinned }), ...(tier && { tier }), ...(limit !== undefined && { limit }) }
  const { memories, next } = await withClient(host, (client) => client.memory.list(filter))
  if (json) host.print(JSON.stringify({ memories }))
  else printMemories(host, memories)
  if (next !== undefined && !json) host.note('There are more: --limit, --space and --type narrow it.')
  return EXIT.done
}

/** One query, or many from a file. */
export async function search(host: Host, query: string, options: MemorySearchOptions): Promise<number> {
  const { queries, limit = 10, asOf, episodes, json, ...rest } = options
  if ((query === '') === (queries === undefined))
    throw new UsageError('give one query, or --queries FILE', 'For example: oxbow memory search "where do I live"')
  if (episodes) return (await import('./memory-episodes.ts')).search(host, query, limit, options)
  const filter = { ...filterOf(rest), limit, ...(asOf !== undefined && { asOf }) }
  if (queries !== undefined) return answerQueries(host, queries, filter, json === true)
  const answer = await withClient(host, (client) => client.memory.search({ query, ...filter }))
  if (json) host.print(lineOf(answer))
  else if (answer.results.length === 0) host.note('Nothing was found.')
  else for (const result of answer.results) printResult(host, result)
  return EXIT.done
}

export async function add(host: Host, text: string, { space, json, ...fields }: MemoryFields & JsonOption): Promise<number> {
  const memory = await withClient(host, (client) =>
    client.memory.save({ text, ...fieldsOf(fields), ...(space !== undefined && { space }) }),
  )
  host.print(json ? JSON.stringify(memory) : memory.id)
  return EXIT.done
}

export async function edit(
  host: Host,
  id: string,
  text: string,
  { json, ...fields }: MemoryFields & JsonOption,
): Promise<number> {
  const changes = { ...fieldsOf(fields), ...(text !== '' && { text }) }
  if (Object.keys(changes).length === 0)
    throw new UsageError('nothing says what to change', 'Give a new text, or an option such as --pin.')
  const memory = await withClient(host, (client) => client.memory.update({ id: memoryId(id), ...changes }))
  if (json) host.print(JSON.stringify(memory))
  return EXIT.done
}

export async function history(host: Host, id: string, { json }: JsonOption): Promise<number> {
  const { versions } = await withClient(host, (client) => client.memory.history({ id: memoryId(id) }))
  if (json) host.print(JSON.stringify({ versions }))
  else
    for (const row of table(
      versions.map(({ validFrom, validTo, text }) => [day(validFrom), validTo ? day(validTo) : 'now', plain(text)]),
    ))
      host.print(row)
  return EXIT.done
}

/** What is named by anything but ids is only counted, unless `--yes` says that it is meant. */
export async function forget(host: Host, ids: string[], { dryRun, yes, ...conditions }: ForgetOptions): Promise<number> {
  const what = { ...conditions, ...(ids.length > 0 && { ids: ids.map(memoryId) }) }
  return withClient(host, async (client) => {
    if (dryRun || (ids.length === 0 && !yes)) {
      const { forgotten } = await client.memory.forget({ ...what, dryRun: true })
      if (dryRun) host.print(`${forgotten} would be forgotten.`)
      else throw new UsageError(`this would forget ${forgotten}, and there is no way back`, 'Add --yes if you mean it.')
      return EXIT.done
    }
    const { forgotten } = await client.memory.forget(what)
    host.print(`${forgotten} forgotten.`)
    if (forgotten < ids.length) throw new UsageError(`${ids.length - forgotten} of the ids name no memory`)
    return EXIT.done
  })
}

export async function stats(host: Host, { json }: JsonOption): Promise<number> {
  const found = await withClient(host, (client) => client.memory.stats())
  if (json) {
    host.print(JSON.stringify(found))
    return EXIT.done
  }
  const { memories, past, spaces, types, tiers, halfLives, topics, questions, embedder, embedded, building } = found
  const rows = [
    ['memories', String(memories)],
    ['past versions', String(past)],
    ...spaces.map((row) => [`space ${plain(row.space)}`, String(row.memories)]),
    ...types.map((row) => [`type ${row.type}`, String(row.memories)]),
    ...tiers.map((row) => [row.tier, String(row.memories)]),
    ['questions', String(questions)],
    ['half-lives in days', halfLives.map(({ type, days }) => `${type} ${days}`).join(', ')],
    ...(topics.length > 0
      ? [
          [
            'topics',
            topics
              .slice(0, 20)
              .map((row) => `${plain(row.topic)} (${row.memories}, ${day(row.changedAt)})`)
              .join(', '),
          ],
        ]
      : []),
    ['found by meaning', `${embedded}, with ${embedder.id}`],
    ...(building ? [['being indexed', `${building.done} of ${building.of}, with ${building.id}`]] : []),
  ]
  for (const row of table(rows)) host.print(row)
  return EXIT.done
}

/** Where the sidecar is our own, it is there until the work is done. */
export async function reindex(host: Host): Promise<number> {
  await withClient(host, async (client, { own }) => {
    const { memories } = await client.memory.reindex()
    if (own) await indexed(client)
    host.print(
      own
        ? `${memories} memories were indexed anew.`
        : `${memories} memories are being indexed anew; see \`oxbow memory stats\`.`,
    )
  })
  return EXIT.done
}

/** An import of nothing settles when everything is in the index. */
const indexed = (client: Client): Promise<unknown> => client.memory.import({ jsonl: '' })

export function memoryId(text: string): MemoryId {
  const parsed = MemoryId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" is no memory's id`, 'See `oxbow memory list` for the ids.')
}

/** Commander has checked type and protection against the contract's own words. */
const filterOf = ({ space, type, tag }: Pick<MemoryFilter, 'space' | 'type' | 'tag'>) => ({
  ...(space !== undefined && { space }),
  ...(type !== undefined && { types: [type as MemoryType] }),
  ...(tag !== undefined && { tags: tag }),
})

const fieldsOf = ({ type, tag, importance, protection, pin, since }: Omit<MemoryFields, 'space'>) => ({
  ...(type !== undefined && { type: type as MemoryType }),
  ...(tag !== undefined && { tags: tag }),
  ...(importance !== undefined && { importance }),
  ...(protection !== undefined && { protection: protection as Protection }),
  ...(pin !== undefined && { pinned: pin }),
  ...(since !== undefined && { validFrom: since }),
})

const day = (at: string): string => at.slice(0, 10)

function printMemories(host: Host, memories: readonly Memory[]): void {
  if (memories.length === 0) host.note('There are none.')
  const rows = memories.map(({ id, space, type, validFrom, text, standing }) => [
    id,
    plain(space),
    type,
    day(validFrom),
    standing ? `${standing.tier} ${Math.round(standing.strength * 100)} %` : '',
    plain(text),
  ])
  for (const row of table(rows)) host.print(row)
}

function printResult(host: Host, { id, score, why, memory }: MemoryResult): void {
  const legs = [why.words && `words #${why.words.rank}`, why.meaning && `meaning #${why.meaning.rank}`].filter(Boolean)
  const said = memory.speaker === undefined ? '' : `${plain(memory.speaker)}: `
  host.print(`${score.toFixed(2)}  ${id}  ${day(memory.validFrom)}  ${legs.join(', ')}`)
  host.print(`      ${said}${plain(memory.text)}`)
}
