import type { ForgetMemory, ListMemory, Memory, MemoryId, SaveMemory, UpdateMemory } from '../contract/index.ts'
import { atomically, OxbowError } from '../foundation/index.ts'
import { Eraser } from './eraser.ts'
import { textOf } from './packed.ts'
import { prepared } from './prepared.ts'
import { INSERT, REPLACE, type Row, toMemory } from './row.ts'
import { ANYBODY, KNOWLEDGE, shelfOf } from './shelf.ts'
import type { StoreOptions } from './store-options.ts'
import { dropVectors } from './vectors.ts'
import { parseWhen } from './when.ts'

/** What a memory to be written has, times resolved. */
export type Draft = Omit<Row, 'n' | 'lineage'> & { lineage?: string | undefined; space: string; agent: string }

/** The memories themselves. Text and words are one transaction; vectors follow. */
export class MemoryStore {
  readonly #options: StoreOptions
  readonly #eraser: Eraser

  constructor(options: StoreOptions) {
    this.#options = options
    this.#eraser = new Eraser(options)
  }

  /** @throws OxbowError `memory.when` */
  save(input: SaveMemory): Memory {
    const draft = this.draftOf(input)
    const [n] = this.insert([draft]) as [number]
    return this.#memory(this.#row(n)!)
  }

  draftOf(input: SaveMemory): Draft {
    const now = this.#options.clock.iso()
    const { session = null, message = null, file = null, person = null } = input.source
    return {
      id: this.#options.ids.memory(),
      space: input.space,
      agent: input.agent ?? '',
      type: input.type,
      text: input.text,
      packed: null,
      speaker: input.speaker ?? '',
      tags: JSON.stringify(input.tags),
      importance: input.importance,
      protection: input.protection,
      pinned: Number(input.pinned),
      session,
      message,
      file,
      person,
      taint: JSON.stringify(input.taint),
      external_id: input.externalId ?? null,
      created_at: now,
      updated_at: now,
      last_used_at: null,
      valid_from: input.validFrom === undefined ? now : parseWhen(input.validFrom),
      valid_to: null,
      uses: 0,
    }
  }

  /** Writes new memories in one transaction, in this order. @returns their numbers */
  insert(drafts: readonly Draft[]): number[] {
    const { db, words } = this.#options
    const added: number[] = []
    const insert = prepared<[Row]>(db, INSERT)
    atomically(db, () => {
      for (const draft of drafts) added.push(this.#insertOne(insert, draft))
      words.add(added)
    })
    this.#options.onChange({ added, removed: [] })
    return added
  }

  /** Writes drafts in place of memories that are there, in one transaction. Keeps their ids and when they were made. */
  replace(drafts: readonly (Draft & { n: number })[]): void {
    const { db, words } = this.#options
    const rows = drafts.map(({ n }) => n)
    const replace = prepared<[Row]>(db, REPLACE)
    const added = atomically(db, () => {
      const affected = words.change(rows, () => {
        for (const draft of drafts) {
          const { id, lineage, created_at } = this.#row(draft.n)!
          replace.run({ ...draft, id, lineage, created_at })
        }
      })
      return this.#unembed(affected)
    })
    this.#options.onChange({ added, removed: [] })
  }

  /** The number of the memory that a draft would double: with its id, or imported into its space with the same one. */
  numberOf({ id, external_id, space, agent }: Draft): number | undefined {
    const { db, shelves } = this.#options
    const own = prepared<[string], { n: number }>(db, 'SELECT n FROM memories WHERE id = ?').get(id)
    if (own || external_id === null) return own?.n
    const found = prepared<[string, number, number], { n: number }>(
      db,
      'SELECT n FROM memories WHERE external_id = ? AND n BETWEEN ? AND ?',
    )
    for (const { from, to } of shelves.ranges({ space, agent, past: false })) {
      const row = found.get(external_id, from, to)
      if (row) return row.n
    }
    return undefined
  }

  /** @throws OxbowError `memory.notFound` */
  get(id: MemoryId): Memory {
    return this.#memory(this.#find(id))
  }

  /** A memory's versions, newest first. @throws OxbowError `memory.notFound` */
  history(id: MemoryId): Memory[] {
    const { lineage } = this.#find(id)
    const rows = this.#options.db
      .prepare<[string], Row>('SELECT * FROM memories WHERE lineage = ? ORDER BY valid_to IS NOT NULL, valid_to DESC, n DESC')
      .all(lineage)
    return rows.map((row) => this.#memory(row))
  }

  /**
   * Another text keeps the old one as a past version. Taint only grows: nobody can make a memory more trusted than it was.
   * @throws OxbowError `memory.notFound`, `memory.past`, `memory.when`
   */
  update(input: UpdateMemory & { taint?: readonly string[] }): Memory {
    const { db, clock, ids, shelves, words } = this.#options
    const row = this.#find(input.id)
    if (row.lineage !== row.id)
      throw new OxbowError(
        'CONFLICT',
        'memory.past',
        `${input.id} is a past version and stays as it was`,
        `Change the current one: ${row.lineage}.`,
      )
    const now = clock.iso()
    const from = input.validFrom === undefined ? now : parseWhen(input.validFrom)
    const before = textOf(row)
    const supersedes = input.text !== undefined && input.text !== before
    const { space, agent } = shelves.nameOf(row.n)
    const next: Row = {
      ...row,
      text: input.text ?? before,
      packed: null,
      type: input.type ?? row.type,
      tags: input.tags === undefined ? row.tags : JSON.stringify(input.tags),
      importance: input.importance ?? row.importance,
      protection: input.protection ?? row.protection,
      pinned: input.pinned === undefined ? row.pinned : Number(input.pinned),
      taint: JSON.stringify([...new Set([...(JSON.parse(row.taint) as string[]), ...(input.taint ?? [])])]),
      updated_at: now,
      valid_from: supersedes || input.validFrom !== undefined ? from : row.valid_from,
    }
    const added: number[] = []
    atomically(db, () => {
      const affected = words.change([row.n], () => void prepared<[Row]>(db, REPLACE).run(next))
      if (!supersedes) return
      added.push(...this.#unembed(affected))
      const past = { ...row, id: ids.memory(), space, agent, pinned: 0, external_id: null, valid_to: from }
      const n = this.#insertOne(prepared<[Row]>(db, INSERT), past)
      words.add([n])
      added.push(n)
    })
    if (supersedes) this.#options.onChange({ added, removed: [] })
    return this.#memory(next)
  }

  /** Newest first: by when they were said or began to hold. */
  list(input: ListMemory): { memories: Memory[]; next?: string } {
    const { shelves } = this.#options
    const [time = '9', number = '0'] = input.after?.split('|') ?? []
    const wanted = {
      types: input.types ? JSON.stringify(input.types) : null,
      tags: input.tags ? JSON.stringify(input.tags) : null,
      pinned: input.pinned === undefined ? null : Number(input.pinned),
      session: input.session ?? null,
      time,
      number: Number(number),
      limit: input.limit,
    }
    const everywhere = input.space === undefined && input.agent === undefined
    const rows = everywhere
      ? this.#page('lineage = id', wanted)
      : shelves
          .ranges({ space: input.space, agent: input.agent ?? ANYBODY, past: false })
          .flatMap(({ from }) => this.#page('shelf = @shelf', { ...wanted, shelf: shelfOf(from) }))
          .sort((a, b) => (a.valid_from === b.valid_from ? b.n - a.n : a.valid_from < b.valid_from ? 1 : -1))
          .slice(0, input.limit)
    const last = rows.at(-1)
    const all = shelves.all()
    return {
      memories: rows.map((row) => toMemory(row, all.get(shelfOf(row.n))!)),
      ...(rows.length === input.limit && last && { next: placeAfter(last.valid_from, last.n) }),
    }
  }

  /** Where a list goes on behind this memory. */
  placeOf({ id, validFrom }: Pick<Memory, 'id' | 'validFrom'>): string {
    return placeAfter(
      validFrom,
      prepared<[string], { n: number }>(this.#options.db, 'SELECT n FROM memories WHERE id = ?').get(id)!.n,
    )
  }

  #page(where: string, wanted: object): Row[] {
    return this.#options.db
      .prepare<[object], Row>(
        `SELECT * FROM memories WHERE ${where} AND shelf NOT IN (SELECT number FROM memory_shelves WHERE agent = '${KNOWLEDGE}')
         AND (@types IS NULL OR type IN (SELECT value FROM json_each(@types)))
         AND (@tags IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(@tags))))
         AND (@pinned IS NULL OR pinned = @pinned) AND (@session IS NULL OR session = @session)
         AND (valid_from, n) < (@time, @number) ORDER BY valid_from DESC, n DESC LIMIT @limit`,
      )
      .all(wanted)
  }

  /** Those of these that are there, in their order. */
  some(ids: readonly string[]): Memory[] {
    const find = prepared<[string], Row>(this.#options.db, 'SELECT * FROM memories WHERE id = ?')
    return ids.flatMap((id) => {
      const row = find.get(id)
      return row ? [this.#memory(row)] : []
    })
  }

  /** @throws OxbowError `memory.nothingNamed`, `memory.when` */
  forget(input: ForgetMemory): Promise<number> {
    return this.#eraser.forget(input)
  }

  /** Takes the pieces of a note out; what they were made of is the person's file. */
  removeNote(path: string): void {
    this.#eraser.removeNote(path)
  }

  /** Makes room: these lineages go, at once. */
  drop(lineages: readonly string[]): void {
    this.#eraser.drop(lineages)
  }

  /** Vectors of a text that is no more must not survive it, also if we end before there are new ones. */
  #unembed(rows: number[]): number[] {
    dropVectors(this.#options.db, rows)
    return rows
  }

  #insertOne(insert: { run(row: Row): unknown }, { space, agent, ...draft }: Draft): number {
    const lineage = draft.lineage ?? draft.id
    const n = this.#options.shelves.nextNumber({ space, agent, past: lineage !== draft.id })
    insert.run({ ...draft, lineage, n })
    return n
  }

  #row(n: number): Row | undefined {
    return prepared<[number], Row>(this.#options.db, 'SELECT * FROM memories WHERE n = ?').get(n)
  }

  #find(id: MemoryId): Row {
    const row = prepared<[string], Row>(this.#options.db, 'SELECT * FROM memories WHERE id = ?').get(id)
    if (row) return row
    throw new OxbowError(
      'NOT_FOUND',
      'memory.notFound',
      `there is no memory ${id}`,
      'It may be forgotten; list or search for the ids.',
    )
  }

  #memory(row: Row): Memory {
    return toMemory(row, this.#options.shelves.nameOf(row.n))
  }
}

const placeAfter = (validFrom: string, n: number): string => `${validFrom}|${n}`
