import type { SessionId, TaintedFile, TaintLabel } from '../contract/index.ts'
import { atomically, type Clock, type Db } from '../foundation/index.ts'

/** Files remembered below one folder, one by one; past it the folder counts as a whole. */
const MOST_OF_FOLDER = 2000

/** Marks of a shell's pattern that are looked at closely. */
const MOST_MARKS = 6
/** Folders whose files are kept in memory. */
const MOST_FOLDERS = 32
/** Paths that are known, and those that are known to have no labels. */
const MOST_ASKED = 4096

interface Row {
  path: string
  folder: number
  labels: string
  source: string
  at: string
}

export interface NewTaintedFile {
  /** Absolute and real; or the name of a kept output, `spool:…`. */
  path: string
  /** SHA-256 of its content: a copy elsewhere is known by it. */
  hash?: string | undefined
  /** Everything below it. */
  folder?: boolean
}

/**
 * Files written from conversations with labels: who reads them takes the labels over. A path keeps its labels whatever is
 * written there later, until a person takes them away: else a formatter would wash them off.
 */
export interface TaintedFiles {
  /** @param root where they lie: too many files in it count as the whole */
  mark(
    files: readonly NewTaintedFile[],
    root: string,
    about: { labels: readonly TaintLabel[]; source: string; sessionId: SessionId },
  ): void
  of(path: string): TaintedFile | undefined
  /** Whether there are any. */
  some(): boolean
  /** A file of the same content. */
  copyOf(hash: string): TaintedFile | undefined
  /** Those at or below a folder. */
  below(folder: string): TaintedFile[]
  /** Those that a shell's pattern stands for. */
  matching(pattern: string): TaintedFile[]
  /** Newest first. */
  list(limit: number): TaintedFile[]
  /** Takes the labels from a file, or a folder and all in it. @returns how many entries that were */
  trust(path: string): number
}

export function createTaintedFiles(db: Db, clock: Clock): TaintedFiles {
  const columns = 'path, folder, labels, source, at'
  const find = db.prepare<[string], Row>(`SELECT ${columns} FROM tainted_files WHERE path = ?`)
  const folders = db.prepare<[], Row>(`SELECT ${columns} FROM tainted_files WHERE folder = 1`)
  const byHash = db.prepare<[string], Row>(`SELECT ${columns} FROM tainted_files WHERE hash = ? LIMIT 1`)
  const below = db.prepare<[string, string], Row>(
    `SELECT ${columns} FROM tainted_files WHERE path >= ? AND path < ? LIMIT ${MOST_OF_FOLDER + 1}`,
  )
  const list = db.prepare<[number], Row>(`SELECT ${columns} FROM tainted_files ORDER BY at DESC, path LIMIT ?`)
  const count = db.prepare<[], { n: number }>('SELECT EXISTS (SELECT 1 FROM tainted_files) AS n')
  const insert = db.prepare(
    `INSERT INTO tainted_files (path, folder, hash, labels, source, session, at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET folder = max(folder, excluded.folder), hash = excluded.hash, labels = excluded.labels,
     source = excluded.source, session = excluded.session, at = excluded.at`,
  )
  const remove = db.prepare('DELETE FROM tainted_files WHERE path = ? OR (path >= ? AND path < ?)')
  const wide = (): TaintedFile[] => folders.all().map(toFile)
  /** What lies below folders, until something changes. */
  const looked = new Map<string, TaintedFile[]>()
  /** What patterns stand for, as long. */
  const matched = new Map<string, TaintedFile[]>()
  /** What is known of paths that were asked for, as long. */
  const asked = new Map<string, TaintedFile | undefined>()
  const forget = (): void => {
    asked.clear()
    looked.clear()
    matched.clear()
  }
  let whole = wide()
  let some = count.get()?.n === 1
  const exact = (path: string): TaintedFile | undefined => {
    const row = find.get(path)
    return row ? toFile(row) : undefined
  }
  const files: TaintedFiles = {
    mark(given, root, { labels, source, sessionId }) {
      if (given.length === 0 || labels.length === 0) return
      atomically(db, () => {
        const known = below.all(`${root}/`, `${root}0`).length
        const kept: readonly NewTaintedFile[] = known + given.length > MOST_OF_FOLDER ? [{ path: root, folder: true }] : given
        for (const { path, folder = false, hash } of kept) {
          const all = [...new Set([...(exact(path)?.labels ?? []), ...labels])].sort()
          insert.run(path, Number(folder), hash ?? null, all.join(' '), source.slice(0, 300), sessionId, clock.iso())
        }
      })
      forget()
      whole = wide()
      some = true
    },
    of(path) {
      if (!some) return undefined
      const known = asked.get(path)
      if (known || asked.has(path)) return known
      const found = exact(path) ?? whole.find((one) => path.startsWith(`${one.path}/`))
      if (asked.size >= MOST_ASKED) asked.clear()
      asked.set(path, found)
      return found
    },
    some: () => some,
    copyOf(hash) {
      const row = some ? byHash.get(hash) : undefined
      return row && toFile(row)
    },
    below(folder) {
      if (!some) return []
      const known = looked.get(folder)
      if (known) return known
      // '0' follows '/': a range of all that begins with the folder and a slash.
      const rows = below.all(`${folder}/`, `${folder}0`).map(toFile)
      const own = files.of(folder)
      const found = own ? [own, ...rows] : rows
      if (looked.size >= MOST_FOLDERS) looked.clear()
      looked.set(folder, found)
      return found
    },
    matching(pattern) {
      if (!some) return []
      const known = matched.get(pattern)
      if (known) return known
      const folder = startOf(pattern)
      const shape = shellPattern(pattern)
      const found = files.below(folder).filter(({ path, folder: all }) => all || shape.test(path))
      if (matched.size >= MOST_FOLDERS) matched.clear()
      matched.set(pattern, found)
      return found
    },
    list: (limit) => list.all(limit).map(toFile),
    trust(path) {
      const { changes } = remove.run(path, `${path}/`, `${path}0`)
      forget()
      whole = wide()
      some = count.get()?.n === 1
      return changes
    },
  }
  return files
}

const toFile = ({ folder, labels, ...row }: Row): TaintedFile => ({
  ...row,
  folder: folder === 1,
  labels: labels.split(' ') as TaintLabel[],
})

/** The folder that all a pattern stands for lies in. */
export const startOf = (pattern: string): string => pattern.slice(0, pattern.search(/[*?[{]/)).replace(/\/[^/]*$/, '')

/** Whether a pattern names each hidden part of a path as such: marks stand for none. */
export function hiddenFit(pattern: string, path: string): boolean {
  const names = pattern.split('/')
  return path.split('/').every((name, at) => name[0] !== '.' || /^[.[{]/.test(names[at] ?? '.'))
}

/** What a shell would expand a pattern to; brackets may stand for anything in one name, braces for anything. */
export function shellPattern(pattern: string): RegExp {
  // Looking closely at many marks could take for ever; so many stand for anything.
  if ((pattern.match(/[*?[{]/g) ?? []).length > MOST_MARKS) return /^/
  const source = pattern.replace(/[\\^$.|+()]/g, '\\$&').replace(/\*+|\?|\[[^\]]*\]?|\{[^}]*\}?/g, (mark) => {
    if (mark === '?') return '[^/]'
    // What stands in braces may go through folders.
    return mark === '**' || mark[0] === '{' ? '.*' : '[^/]*'
  })
  return new RegExp(`^${source}(?:/|$)`)
}
