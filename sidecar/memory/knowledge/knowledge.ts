import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import {
  BY_AGENT,
  type FoundPiece,
  type KnowledgeNote,
  type Memory,
  type MemoryResult,
  type NoteLinks,
  type NoteSummary,
  type SaveMemory,
} from '../../contract/index.ts'
import { atomically, type Clock, type Db, type Log, OxbowError } from '../../foundation/index.ts'
import { KNOWLEDGE } from '../shelf.ts'
import type { MemoryStore } from '../store.ts'
import { FolderWatch } from './folder-watch.ts'
import { joined, parted, withValues } from './front-matter.ts'
import { parseNote } from './note.ts'
import { NoteTable } from './note-table.ts'
import { type FoundFile, MOST_NOTE_BYTES, NotesFolder, notFound } from './notes-folder.ts'
import { piecesOf } from './pieces.ts'

const NOTE = /\.md$/i
/** What the media room turns into text. */
const DOCUMENT = /\.(pdf|docx|xlsx|pptx|html?|csv)$/i
const TEXT = /\.(md|markdown|txt)$/i

export interface KnowledgeParts {
  db: Db
  clock: Clock
  log: Log
  store: MemoryStore
  /** Absolute. */
  folder(): string
  /** The text of a document, read in a thread of its own. @param path absolute */
  convert?: ((path: string, name: string) => Promise<string>) | undefined
  search(query: string, limit: number): Promise<MemoryResult[]>
}

/** The person's notes: markdown in a folder, indexed in pieces among the memories. The files are the truth. */
export class Knowledge {
  readonly #parts: KnowledgeParts
  readonly #folder: NotesFolder
  readonly #table: NoteTable
  readonly #watch: FolderWatch
  #stale = true
  #scanning: Promise<void> | undefined
  /** Documents that could not be converted, as they were then. */
  readonly #failed = new Map<string, number>()
  #closed = false

  constructor(parts: KnowledgeParts) {
    this.#parts = parts
    this.#folder = new NotesFolder(parts.folder)
    this.#table = new NoteTable(parts.db)
    this.#watch = new FolderWatch(parts.folder, () => {
      this.#stale = true
      void this.fresh().catch((error: unknown) => parts.log.warn({ err: error }, 'the folder of notes could not be read'))
    })
  }

  /** Settles when the index is as the folder was at this moment. */
  async fresh(): Promise<void> {
    if (!this.#watch.use()) this.#stale = true
    while (this.#stale && !this.#closed) {
      if (!this.#scanning) this.#stale = false
      this.#scanning ??= this.#scan().finally(() => {
        this.#scanning = undefined
      })
      await this.#scanning
    }
    await this.#scanning
  }

  /** Whoever searches memory wants newer notes soon, and does not wait for them. */
  look(): void {
    if (existsSync(this.#folder.root))
      void this.fresh().catch((error: unknown) => this.#parts.log.warn({ err: error }, 'the folder of notes could not be read'))
  }

  async list(filter: { tag?: string | undefined; limit: number; after?: string | undefined }): Promise<{
    folder: string
    notes: NoteSummary[]
    next?: string
  }> {
    await this.fresh()
    const notes = this.#table.list(filter)
    const last = notes.at(-1)
    return { folder: this.#folder.root, notes, ...(notes.length === filter.limit && last && { next: last.path }) }
  }

  /** Best first. */
  async search(query: string, limit: number): Promise<FoundPiece[]> {
    await this.fresh()
    const results = await this.#parts.search(query, limit)
    return results.flatMap(({ score, memory }) => {
      const path = memory.source.file
      const note = path === undefined ? undefined : this.#table.get(path)
      if (!note) return []
      const { headings, text } = pieceOf(memory.text)
      return [{ path: note.path, title: note.title, headings, text, taint: memory.taint, score }]
    })
  }

  /** @throws OxbowError `knowledge.notFound`, `knowledge.path` */
  async read(path: string): Promise<KnowledgeNote> {
    const { text, size, modified } = await this.#folder.read(path)
    await this.fresh()
    const { title, tags, taint, body } = parseNote(path, text)
    return {
      path,
      title,
      tags,
      taint,
      size,
      modifiedAt: new Date(modified).toISOString(),
      text,
      body,
      ...this.#table.links(path),
    }
  }

  /** The files that these notes are, absolute and real; of one that was made of a document, that document, too. */
  async filesOf(paths: readonly string[]): Promise<string[]> {
    const { root } = this.#folder
    const names = [...new Set(paths)].flatMap((path) => {
      const original = path.replace(NOTE, '')
      return DOCUMENT.test(original) ? [path, original] : [path]
    })
    // What went since is named as it was.
    const whole = await realpath(root).catch(() => root)
    return Promise.all(names.map((name) => realpath(join(whole, name)).catch(() => join(whole, name))))
  }

  /** The same of memories: some may be pieces of notes. */
  filesBehind(memories: readonly Memory[]): Promise<string[]> {
    return this.filesOf(
      memories.flatMap(({ agent, source: { file } }) => (agent === KNOWLEDGE && file !== undefined ? [file] : [])),
    )
  }

  /** @throws OxbowError as `read` */
  async links(path: string): Promise<NoteLinks> {
    await this.fresh()
    if (!this.#table.get(path)) throw notFound(path)
    return this.#table.links(path)
  }

  /**
   * Writes a note. One without a front matter keeps the one that was there. What an agent writes is labelled so, and no label
   * that was there goes.
   * @param labels of the agent's conversation; absent: a person writes
   * @throws OxbowError `knowledge.path`, `knowledge.frontMatter`
   */
  async write(path: string, text: string, labels?: readonly string[]): Promise<NoteSummary> {
    if (!NOTE.test(path)) throw new OxbowError('BAD_REQUEST', 'knowledge.path', `"${path}" is no note`, 'Its name ends in .md.')
    const before = (await this.#folder.has(path)) ? (await this.#folder.read(path)).text : undefined
    const fresh = parted(text)
    let front = fresh.front ?? (before === undefined ? undefined : parted(before).front)
    if (labels) {
      const had = before === undefined ? [] : parseNote(path, before).taint
      const taint = [...new Set([...had, BY_AGENT, ...labels])]
      front = withValues(front, { taint })
    }
    const whole = joined({ front, body: fresh.body })
    if (Buffer.byteLength(whole) > MOST_NOTE_BYTES)
      throw new OxbowError(
        'BAD_REQUEST',
        'knowledge.tooLarge',
        `${path} would be larger than 2 MB`,
        'Part it into several notes.',
      )
    await this.#folder.write(path, whole)
    return this.#written(path)
  }

  /** Adds a file: a note or a text as a note, a document beside a note that is made of it. @throws OxbowError `knowledge.kind`, `media.*` */
  async add(givenName: string, bytes: Uint8Array, own: boolean): Promise<NoteSummary> {
    const name = givenName.replace(/[\\/:]/g, '_').replace(/^\.+/, '')
    if (TEXT.test(name)) {
      const path = await this.#unused(name.replace(TEXT, '.md'))
      const { front, body } = parted(new TextDecoder().decode(bytes))
      await this.#folder.write(
        path,
        own ? joined({ front, body }) : joined({ front: withValues(front, { taint: ['untrusted'] }), body }),
      )
      return this.#written(path)
    }
    if (!DOCUMENT.test(name))
      throw new OxbowError(
        'BAD_REQUEST',
        'knowledge.kind',
        `"${name}" is no kind of document that has text`,
        'Add markdown, text, PDF, Word, Excel, PowerPoint, HTML or CSV.',
      )
    const original = await this.#unused(name)
    await this.#folder.write(original, bytes)
    return this.#written(await this.#convert(original, own))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.close()
    await this.#scanning
  }

  async #written(path: string): Promise<NoteSummary> {
    // Unknown, so that it is indexed even where neither its size nor its time tells that it changed.
    this.#table.remove(path)
    this.#stale = true
    await this.fresh()
    return this.#table.get(path)!
  }

  /** @returns the name of the note that it made */
  async #convert(original: string, own: boolean): Promise<string> {
    const { convert, clock } = this.#parts
    if (!convert)
      throw new OxbowError('SERVICE_UNAVAILABLE', 'knowledge.kind', 'documents cannot be read here', 'Add notes only.')
    const body = (await convert(`${this.#folder.root}/${original}`, original.slice(original.lastIndexOf('/') + 1))).slice(
      0,
      MOST_NOTE_BYTES / 4,
    )
    const front = withValues(undefined, {
      source: original,
      converted: clock.iso(),
      ...(!own && { taint: ['untrusted'] }),
    })
    const path = `${original}.md`
    await this.#folder.write(path, joined({ front, body }))
    return path
  }

  async #scan(): Promise<void> {
    const known = this.#table.known()
    const files = await this.#folder.files()
    if (this.#parts.convert) await this.#convertNew(files)
    for (const file of files) {
      if (this.#closed) return
      if (!NOTE.test(file.path)) continue
      const was = known.get(file.path)
      known.delete(file.path)
      if (was?.size === file.size && was.modified === file.modified) continue
      await this.#index(file)
      await breathe()
    }
    for (const path of known.keys()) {
      this.#take(path)
      await breathe()
    }
  }

  /** Makes notes of documents that have none. */
  async #convertNew(files: FoundFile[]): Promise<void> {
    const there = new Set(files.map(({ path }) => path))
    for (const { path, modified } of files) {
      if (this.#closed || !DOCUMENT.test(path) || there.has(`${path}.md`) || this.#failed.get(path) === modified) continue
      try {
        await this.#convert(path, false)
        this.#stale = true
      } catch (error) {
        this.#failed.set(path, modified)
        this.#parts.log.warn({ err: error, path }, 'a document among the notes could not be converted')
      }
    }
  }

  async #index(file: FoundFile): Promise<void> {
    const { db, store } = this.#parts
    if (file.size > MOST_NOTE_BYTES) return this.#take(file.path)
    const read = await this.#folder.read(file.path).catch(() => undefined)
    // It went between the look and now.
    if (!read) return this.#take(file.path)
    const note = parseNote(file.path, read.text)
    const pieces = piecesOf(note.body)
    const drafts = pieces.map(({ headings, text }, at) => store.draftOf(memoryOf(file, note, headings, text, at)))
    this.#take(file.path)
    store.insert(drafts)
    // Last, so that a note whose pieces a crash kept out counts as changed.
    atomically(db, () => this.#table.put({ ...file, size: read.size, modified: read.modified }, note))
  }

  /** Takes a note and its pieces out of the index. */
  #take(path: string): void {
    this.#parts.store.removeNote(path)
    this.#table.remove(path)
  }

  async #unused(name: string): Promise<string> {
    const dot = name.lastIndexOf('.')
    for (let n = 1; ; n++) {
      const tried = n === 1 ? name : `${name.slice(0, dot)} ${n}${name.slice(dot)}`
      if (!(await this.#folder.has(tried)) && !(await this.#folder.has(`${tried}.md`))) return tried
    }
  }
}

const BETWEEN = ' › '

function memoryOf(
  { path, modified }: FoundFile,
  { title, tags, taint }: { title: string; tags: string[]; taint: string[] },
  headings: readonly string[],
  text: string,
  at: number,
): SaveMemory {
  // The headings are found, too: they say what the piece is of.
  const above = [title, ...headings.filter((heading) => heading !== title)].join(BETWEEN)
  return {
    text: `${above}\n${text}`,
    type: 'knowledge',
    tags,
    importance: 0.5,
    protection: 'permanent',
    pinned: false,
    space: 'main',
    agent: KNOWLEDGE,
    source: { file: path },
    taint,
    externalId: `note:${path}#${at}`,
    validFrom: new Date(modified).toISOString(),
  }
}

function pieceOf(text: string): { headings: string[]; text: string } {
  const end = text.indexOf('\n')
  return { headings: text.slice(0, end).split(BETWEEN).slice(1), text: text.slice(end + 1) }
}
