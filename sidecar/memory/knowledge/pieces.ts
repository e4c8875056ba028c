/** Of one piece, in UTF-16 units: about what a model's answer quotes, and what a vector can hold. */
const MOST = 1600
/** Pieces of one note; the rest of a longer one is found by none. */
const MOST_PIECES = 400

export interface Piece {
  /** The headings above it, from the first level down. */
  headings: readonly string[]
  text: string
}

/** Cuts a note where its headings are, and what is too long between paragraphs. */
export function piecesOf(body: string): Piece[] {
  const pieces: Piece[] = []
  const path: string[] = []
  let lines: string[] = []
  let fence: string | undefined
  const close = (): void => {
    const text = lines.join('\n').trim()
    lines = []
    if (text === '') return
    for (const part of bounded(text)) if (pieces.length < MOST_PIECES) pieces.push({ headings: path.filter(Boolean), text: part })
  }
  for (const line of body.split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark && (fence === undefined || (mark[0] === fence[0] && mark.length >= fence.length)))
      fence = fence === undefined ? mark : undefined
    const heading = fence === undefined ? /^ {0,3}(#{1,6})\s+(.+?)\s*#*$/.exec(line) : null
    if (!heading) {
      lines.push(line)
      continue
    }
    close()
    path.length = Math.min(path.length, heading[1]!.length - 1)
    path[heading[1]!.length - 1] = heading[2]!.slice(0, 200)
  }
  close()
  return pieces
}

function bounded(text: string): string[] {
  const parts: string[] = []
  let rest = text
  while (rest.length > MOST) {
    const at = Math.max(rest.lastIndexOf('\n\n', MOST), rest.lastIndexOf('\n', MOST) - MOST / 4)
    const cut = at > MOST / 3 ? Math.floor(at) : MOST
    parts.push(rest.slice(0, cut).toWellFormed().trim())
    rest = rest.slice(cut)
  }
  parts.push(rest.toWellFormed().trim())
  return parts.filter((part) => part !== '')
}
