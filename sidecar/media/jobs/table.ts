import { parse } from 'csv-parse/sync'
import { damaged } from '../problem.ts'
import { MOST_CHARACTERS } from './limits.ts'

/** Of a workbook or of a table in text. */
type Cell = string | number | boolean | typeof Date | Date | null | undefined

/** Rows as a Markdown table under its first row; what follows the most text that is kept is counted. */
export function toMarkdownTable(rows: readonly (readonly Cell[])[], most = MOST_CHARACTERS): string {
  const filled = rows.filter((row) => row.some((cell) => words(cell) !== ''))
  const [first, ...rest] = filled
  if (!first) return ''
  const columns = filled.reduce((most, row) => Math.max(most, row.length), 0)
  const line = (row: readonly Cell[]): string => `| ${Array.from({ length: columns }, (_, at) => words(row[at])).join(' | ')} |`
  const lines = [line(first), `|${' --- |'.repeat(columns)}`]
  let size = lines.join('\n').length
  for (const [at, row] of rest.entries()) {
    const next = line(row)
    size += next.length + 1
    if (size > most) return [...lines, `\n[${rest.length - at} more rows]`].join('\n')
    lines.push(next)
  }
  return lines.join('\n')
}

function words(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const text = cell instanceof Date ? cell.toISOString().replace(/T00:00:00\.000Z$/, '') : String(cell)
  const lines = text.trim().split('\n')
  return lines
    .map((line) => line.trim())
    .join('<br>')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
}

/** A table in text as Markdown. @throws MediaProblem `media.damaged` */
export function csvToMarkdown(text: string): string {
  try {
    const rows = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }) as string[][]
    return toMarkdownTable(rows)
  } catch (error) {
    throw damaged('table', error)
  }
}

/** The sign that stands most often in the first line, outside quotes. */
function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text.replace(/^\ufeff/, ''))?.[0] ?? '').replace(/"[^"]*"/g, '')
  const counts = [',', ';', '\t', '|'].map((sign) => ({ sign, count: line.split(sign).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).sign
}
