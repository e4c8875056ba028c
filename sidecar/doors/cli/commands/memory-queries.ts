import { type Client, SearchMemory } from '../../../contract/index.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { linesOf } from './memory-files.ts'

type Answer = Awaited<ReturnType<Client['memory']['search']>>
type Filter = Omit<Parameters<Client['memory']['search']>[0], 'query'>

const Line = SearchMemory.pick({ query: true, space: true })

/** Queries from a file, answered one after the other in its order. */
export async function answerQueries(host: Host, file: string, filter: Filter, json: boolean): Promise<number> {
  const queries: { query: string; space?: string | undefined }[] = []
  for await (const { text, number } of linesOf(host, file)) queries.push(queryOf(text, number))
  await withClient(host, async (client) => {
    for (const { query, space } of queries) {
      const answer = await client.memory.search({ ...filter, query, ...(space !== undefined && { space }) })
      if (json) host.print(lineOf(answer))
      else host.print(`${plain(query)}\n${answer.results.map(({ memory }) => `  ${plain(memory.text)}`).join('\n')}`)
    }
  })
  return EXIT.done
}

/** One answer as one line. */
export function lineOf({ query, results, ms }: Answer): string {
  const shown = results.map(({ id, externalId, sessionId, score, why }) => ({ id, externalId, sessionId, score, why }))
  return JSON.stringify({ query, results: shown, ms })
}

function queryOf(text: string, number: number): { query: string; space?: string | undefined } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`line ${number} is no JSON`, 'Each line is one object: {"query": "…"}.')
  }
  const parsed = Line.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(
    `line ${number}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`,
    'Each line is {"query": "…", "space": "…"}; only "query" is needed.',
  )
}
