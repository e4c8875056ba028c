import type { Db } from '../foundation/index.ts'
import type { Line } from './import.ts'
import { type Row, toMemory } from './row.ts'
import { ANYBODY, Shelves, shelfOf } from './shelf.ts'

/** A page of memories, past versions included, as lines that an import reads. */
export function exportLines(
  db: Db,
  input: { space?: string | undefined; limit: number; after?: string | undefined },
): { jsonl: string; next?: string } {
  const shelves = new Shelves(db)
  const all = shelves.all()
  const within = shelves.ranges({ space: input.space, agent: ANYBODY })
  let after = Number(input.after ?? 0)
  if (!Number.isSafeInteger(after)) after = 0
  const rows: Row[] = []
  const page = db.prepare<[number, number, number], Row>('SELECT * FROM memories WHERE n BETWEEN ? AND ? ORDER BY n LIMIT ?')
  for (const { from, to } of within) {
    if (to <= after || rows.length === input.limit) continue
    rows.push(...page.all(Math.max(from, after + 1), to, input.limit - rows.length))
  }
  const rests = db.prepare<[string], { source: string }>('SELECT source FROM memory_rests WHERE memory = ? ORDER BY source')
  const last = rows.at(-1)
  return {
    jsonl: rows
      .map(
        (row) =>
          `${JSON.stringify(
            lineOf(
              row,
              all.get(shelfOf(row.n))!,
              rests.all(row.id).map(({ source }) => source),
            ),
          )}\n`,
      )
      .join(''),
    ...(rows.length === input.limit && last && { next: String(last.n) }),
  }
}

function lineOf(row: Row, shelf: { space: string; agent: string }, rests: string[]): Line {
  const { source, validFrom, ...memory } = toMemory(row, shelf)
  return { ...memory, ...source, at: validFrom, ...(rests.length > 0 && { rests }) }
}
