import { online } from '../stores/connection.ts'

/** Fetches every call of these days as CSV, piece by piece, and hands it to the person as a file. */
export async function exportCsv(from: string | undefined): Promise<void> {
  const pieces: string[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const piece: { csv: string; next?: number | undefined } = await online().usage.csv({ ...(from && { from }), after })
    pieces.push(piece.csv)
    after = piece.next
  }
  const url = URL.createObjectURL(new Blob(pieces, { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = from ? `oxbow-usage-from-${from}.csv` : 'oxbow-usage.csv'
  link.click()
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
