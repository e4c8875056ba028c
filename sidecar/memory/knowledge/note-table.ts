import type { NoteLinks, NoteSummary } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { keyOf, keysOf, type Note } from './note.ts'
import type { FoundFile } from './notes-folder.ts'

interface Row {
  path: string
  title: string
  tags: string
  taint: string
  size: number
  modified: number
}

/** What is known of each note: SQL and nothing else. */
export class NoteTable {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#sql = statements(db)
  }

  /** As they were when they were indexed. */
  known(): Map<string, { size: number; modified: number }> {
    return new Map(this.#sql.all.all().map(({ path, size, modified }) => [path, { size, modified }]))
  }

  /** Within the transaction that writes its pieces. */
  put({ path, size, modified }: FoundFile, { title, tags, taint, aliases, links }: Note): void {
    this.remove(path)
    this.#sql.put.run({ path, title, tags: JSON.stringify(tags), taint: JSON.stringify(taint), size, modified })
    for (const name of keysOf(path, aliases)) this.#sql.name.run(name, path)
    for (const [place, { target, heading = null, alias = null }] of links.entries())
      this.#sql.link.run({ path, place, name: target === '' ? keyOf(path) : keyOf(target), target, heading, alias })
  }

  remove(path: string): void {
    for (const statement of this.#sql.remove) statement.run(path)
  }

  get(path: string): NoteSummary | undefined {
    const row = this.#sql.get.get(path)
    return row && toSummary(row)
  }

  list(filter: { tag?: string | undefined; limit: number; after?: string | undefined }): NoteSummary[] {
    return this.#sql.list
      .all({ tag: filter.tag?.toLowerCase() ?? null, after: filter.after ?? '', limit: filter.limit })
      .map(toSummary)
  }

  links(path: string): NoteLinks {
    const links = this.#sql.links.all(path).map(({ name, target, heading, alias }) => {
      const leads = this.#sql.named.get(name)?.path
      return {
        target,
        ...(heading !== null && { heading }),
        ...(alias !== null && { alias }),
        ...(leads !== undefined && { path: leads }),
      }
    })
    // A name may be that of several notes: it leads to one of them.
    const backlinks = this.#sql.backlinks
      .all({ path })
      .filter(({ name }) => this.#sql.named.get(name)?.path === path)
      .map(({ source, title, heading }) => ({ path: source, title, ...(heading !== null && { heading }) }))
    return { links, backlinks }
  }
}

const toSummary = ({ path, title, tags, taint, size, modified }: Row): NoteSummary => ({
  path,
  title,
  tags: JSON.parse(tags) as string[],
  taint: JSON.parse(taint) as string[],
  size,
  modifiedAt: new Date(modified).toISOString(),
})

function statements(db: Db) {
  return {
    all: db.prepare<[], Row>('SELECT * FROM knowledge_notes'),
    get: db.prepare<[string], Row>('SELECT * FROM knowledge_notes WHERE path = ?'),
    put: db.prepare('INSERT INTO knowledge_notes VALUES (@path, @title, @tags, @taint, @size, @modified)'),
    name: db.prepare('INSERT INTO knowledge_names (name, path) VALUES (?, ?)'),
    link: db.prepare('INSERT INTO knowledge_links VALUES (@path, @place, @name, @target, @heading, @alias)'),
    remove: [
      db.prepare('DELETE FROM knowledge_links WHERE source = ?'),
      db.prepare('DELETE FROM knowledge_names WHERE path = ?'),
      db.prepare('DELETE FROM knowledge_notes WHERE path = ?'),
    ],
    list: db.prepare<[object], Row>(
      `SELECT * FROM knowledge_notes WHERE path > @after
       AND (@tag IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE lower(value) = @tag)) ORDER BY path LIMIT @limit`,
    ),
    // Where several have the name, the one that lies highest.
    named: db.prepare<[string], { path: string }>(
      'SELECT path FROM knowledge_names WHERE name = ? ORDER BY length(path), path LIMIT 1',
    ),
    links: db.prepare<[string], { name: string; target: string; heading: string | null; alias: string | null }>(
      'SELECT name, target, heading, alias FROM knowledge_links WHERE source = ? ORDER BY place',
    ),
    backlinks: db.prepare<[object], { source: string; title: string; name: string; heading: string | null }>(
      `SELECT l.source, n.title, l.name, min(l.heading) AS heading FROM knowledge_links l JOIN knowledge_notes n ON n.path = l.source
       WHERE l.name IN (SELECT name FROM knowledge_names WHERE path = @path) AND l.source <> @path
       GROUP BY l.source, l.name ORDER BY l.source LIMIT 500`,
    ),
  }
}
