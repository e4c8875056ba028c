import { createRequire } from 'node:module'
import type { Parser, TreeCursor } from 'web-tree-sitter'

/** A command line longer than this, in UTF-16 units, is not read: it hides more than it says. */
const MOST_UNITS = 32 * 1024
/** What is made to be hard to read takes minutes, and everybody would wait; others take a tenth of this. In milliseconds of this thread's own time, so that a busy computer makes nothing hard to read. */
const MOST_MS = 40
/** Trees this deep, or of so many nodes, come from nobody's hand. */
const MOST_DEPTH = 200
const MOST_NODES = 5_000

/** A node of a command line's syntax tree. Places count UTF-16 units. */
export interface Node {
  type: string
  /** False for marks such as `|` and `>`. */
  named: boolean
  text: string
  start: number
  end: number
  /** Its part in the node above: `name`, `body`, `destination`. */
  field: string | undefined
  parent: Node | undefined
  children: Node[]
}

export const namedIn = (node: Node): Node[] => node.children.filter((child) => child.named)
export const fieldOf = (node: Node, field: string): Node | undefined => node.children.find((child) => child.field === field)

let loading: Promise<Parser> | undefined

/** The grammar is loaded with the first command: most sessions of a start run none. */
async function load(): Promise<Parser> {
  const { Parser: Maker, Language } = await import('web-tree-sitter')
  const here = createRequire(import.meta.url)
  await Maker.init()
  const parser = new Maker()
  parser.setLanguage(await Language.load(here.resolve('tree-sitter-bash/tree-sitter-bash.wasm')))
  return parser
}

/**
 * Reads a text as bash would.
 * @returns its tree, and whether it is whole; undefined where it is too long, too deep or too hard to be read
 */
export async function parseShell(source: string): Promise<{ root: Node; whole: boolean } | undefined> {
  if (source.length > MOST_UNITS) return undefined
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  const parser = await loading
  const until = usedMs() + MOST_MS
  const tree = parser.parse(source, undefined, { progressCallback: () => usedMs() > until })
  if (!tree) {
    // Else it would go on where it stopped, with the next text.
    parser.reset()
    return undefined
  }
  const cursor = tree.walk()
  try {
    const root = copy(cursor, source)
    return root && { root, whole: !tree.rootNode.hasError }
  } finally {
    cursor.delete()
    tree.delete()
  }
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Copied once: each look at a node of the parser's own is a call into WebAssembly. */
function copy(cursor: TreeCursor, source: string): Node | undefined {
  const root = nodeAt(cursor, source, undefined)
  let at = root
  for (let depth = 0, nodes = 1; ; nodes++) {
    if (depth > MOST_DEPTH || nodes > MOST_NODES) return undefined
    if (cursor.gotoFirstChild()) depth++
    else {
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return root
        depth--
        at = at.parent!
      }
      at = at.parent!
    }
    const node = nodeAt(cursor, source, at)
    at.children.push(node)
    at = node
  }
}

function nodeAt(cursor: TreeCursor, source: string, parent: Node | undefined): Node {
  const { startIndex: start, endIndex: end } = cursor
  return {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    text: source.slice(start, end),
    start,
    end,
    field: cursor.currentFieldName ?? undefined,
    parent,
    children: [],
  }
}
