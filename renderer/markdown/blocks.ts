/** A top-level piece of a markdown text that can be rendered by itself. */
export type Block = { kind: 'text'; text: string } | { kind: 'code'; lang: string; text: string; closed: boolean }

/** A text cut into blocks, and where each begins. A block that did not change keeps its identity from cut to cut. */
export interface Split {
  readonly text: string
  readonly blocks: readonly Block[]
  readonly starts: readonly number[]
}

/** A list longer than this may be cut at a blank line, so that the open tail stays short. */
const LONG_LIST = 4_000
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\n]*)$/
const ITEM = /^(?:[-*+]|\d{1,9}[.)])[ \t]/
const HEADING = /^#{1,6}[ \t]/

/**
 * Appended text can change the last block, and where the one before it ends: a last line still without its break may turn
 * out to belong to it. All before those two is settled.
 */
const UNSETTLED = 2

/** Cuts a text; where it begins with the text of an earlier cut, only what is not settled there is read again. */
export function splitBlocks(text: string, before?: Split): Split {
  const grown = before && text.length >= before.text.length && text.startsWith(before.text) ? before : undefined
  const settled = Math.max(0, (grown?.blocks.length ?? 0) - UNSETTLED)
  const blocks = grown?.blocks.slice(0, settled) ?? []
  const starts = grown?.starts.slice(0, settled) ?? []
  for (let at = grown?.starts[settled] ?? 0; at < text.length; ) {
    const [block, end] = nextBlock(text, at)
    if (block) {
      const known = grown?.blocks[blocks.length]
      starts.push(at)
      blocks.push(known && same(known, block) ? known : block)
    }
    at = end
  }
  return { text, blocks, starts }
}

function same(a: Block, b: Block): boolean {
  if (a.kind !== b.kind || a.text !== b.text) return false
  return a.kind === 'text' || b.kind === 'text' || (a.lang === b.lang && a.closed === b.closed)
}

/** The block that begins at `start` and where it ends. */
function nextBlock(text: string, start: number): [Block | null, number] {
  let at = start
  let line = lineAt(text, at)
  while (line.trim() === '' && at < text.length) {
    at = afterLine(text, at, line)
    line = lineAt(text, at)
  }
  if (at >= text.length) return [null, text.length]
  const fence = FENCE.exec(line)
  if (fence?.[1] && !(fence[1].startsWith('`') && fence[2]?.includes('`')))
    return codeBlock(text, at, line, fence[1], fence[2] ?? '')
  const end = textEnd(text, at)
  return [{ kind: 'text', text: text.slice(at, end) }, end]
}

function codeBlock(text: string, start: number, opening: string, mark: string, info: string): [Block, number] {
  const lang = info.trim().split(/\s/, 1)[0]?.toLowerCase() ?? ''
  const body = afterLine(text, start, opening)
  let at = body
  while (at < text.length) {
    const line = lineAt(text, at)
    const next = afterLine(text, at, line)
    if (closes(line, mark)) {
      return [{ kind: 'code', lang, text: text.slice(body, Math.max(body, at - 1)), closed: true }, next]
    }
    at = next
  }
  return [{ kind: 'code', lang, text: text.slice(body), closed: false }, text.length]
}

function closes(line: string, mark: string): boolean {
  const trimmed = line.trim()
  return trimmed.length >= mark.length && trimmed === (mark[0] ?? '`').repeat(trimmed.length) && !line.startsWith('    ')
}

/** Where the text block that begins at `start` ends: at a blank line before something new, or next to a heading or a fence. */
function textEnd(text: string, start: number): number {
  const first = lineAt(text, start)
  const isList = ITEM.test(first)
  let at = afterLine(text, start, first)
  if (HEADING.test(first)) return at
  let blank = false
  let inner: string | null = null
  while (at < text.length) {
    const line = lineAt(text, at)
    const next = afterLine(text, at, line)
    const indented = /^[ \t]/.test(line)
    if (inner) {
      if (closes(line.trimStart(), inner)) inner = null
    } else if (line.trim() === '') {
      blank = true
      at = next
      continue
    } else if (!indented && (HEADING.test(line) || FENCE.test(line))) {
      return at
    } else if (blank && !indented && !(isList && ITEM.test(line) && at - start < LONG_LIST)) {
      return at
    } else if (indented) {
      inner = /^[ \t]+(`{3,}|~{3,})/.exec(line)?.[1] ?? null
    }
    blank = false
    at = next
  }
  return text.length
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(at, end === -1 ? text.length : end)
}

/** The place after a line and its line break. */
function afterLine(text: string, at: number, line: string): number {
  return Math.min(text.length, at + line.length + 1)
}
