import type { SessionSummary } from '../../contract/index.ts'
import { plain } from './plain.ts'

/** Rows with their columns below each other; the last column is as long as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), [])
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
}

export const sessionRows = (sessions: readonly SessionSummary[]): string[] =>
  table(sessions.map(({ id, status, updatedAt, title }) => [id, status, updatedAt.slice(0, 16).replace('T', ' '), plain(title)]))
