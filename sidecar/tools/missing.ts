const MOST_SHOWN = 12
/** Lines looked through for a similar one. */
const MOST_LINES = 20_000
const MOST_LINE = 500

/** Says why a text was not found in a file and what stands there instead. */
export function explainMissing(file: string, wanted: string, path: string): string {
  const start = `oldText does not stand in "${path}". Nothing was changed.`
  if (file === '') return `${start} The file is empty.`
  const fileCrlf = file.includes('\r\n')
  const wantedCrlf = wanted.includes('\r\n')
  if (fileCrlf !== wantedCrlf && lf(file).includes(lf(wanted))) {
    const has = (crlf: boolean): string => (crlf ? 'CRLF (\\r\\n)' : 'LF (\\n)')
    return `${start} Only the line ends differ: the file has ${has(fileCrlf)}, oldText has ${has(wantedCrlf)}.`
  }
  const lines = lf(file).split('\n').slice(0, MOST_LINES)
  const sought = lf(wanted).replace(/\n+$/, '').replace(/^\n+/, '').split('\n')
  const same = placeIgnoringSpace(lines, sought)
  if (same !== undefined) {
    return `${start} Lines ${same + 1} to ${same + sought.length} differ from it in white space only. They are:\n${show(lines, same, sought.length)}`
  }
  const near = nearest(lines, sought)
  if (near === undefined) return `${start} Nothing in it is similar. Read the file again.`
  return `${start} The most similar place is line ${near + 1}:\n${show(lines, near, sought.length)}`
}

const lf = (text: string): string => text.replaceAll('\r\n', '\n')
const bare = (line: string): string => line.slice(0, MOST_LINE).replace(/\s+/g, ' ').trim()

function placeIgnoringSpace(lines: readonly string[], sought: readonly string[]): number | undefined {
  const file = lines.map(bare)
  const want = sought.map(bare)
  const at = file.findIndex((line, i) => line === want[0] && want.every((w, k) => file[i + k] === w))
  return at === -1 ? undefined : at
}

/** The place whose lines share most words with what is sought. */
function nearest(lines: readonly string[], sought: readonly string[]): number | undefined {
  // The longest line says most; its place is the place of the whole.
  const anchor = sought.reduce((best, line, i) => (bare(line).length > bare(sought[best]!).length ? i : best), 0)
  const want = pairs(bare(sought[anchor]!))
  let best = 0.5
  let found: number | undefined
  lines.forEach((line, at) => {
    const score = likeness(want, pairs(bare(line)))
    if (score > best) {
      best = score
      found = Math.max(0, at - anchor)
    }
  })
  return found
}

function pairs(text: string): Set<string> {
  const found = new Set<string>()
  for (let i = 0; i + 1 < text.length; i += 1) found.add(text.slice(i, i + 2))
  return found
}

/** Dice's coefficient: 1 for the same pairs of letters, 0 for none in common. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0
  let common = 0
  for (const pair of b) if (a.has(pair)) common += 1
  return (2 * common) / (a.size + b.size)
}

function show(lines: readonly string[], from: number, count: number): string {
  return lines
    .slice(from, from + Math.min(Math.max(count, 1), MOST_SHOWN))
    .map((line, i) => `${from + i + 1}\t${line.slice(0, MOST_LINE)}`)
    .join('\n')
}
