import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import { MemoryId, MemoryType, Protection, SaveMemory } from '../contract/index.ts'
import { atomically, type Clock, type Db, nearMiss, OxbowError } from '../foundation/index.ts'
import { restOn } from './rests.ts'
import type { Draft, MemoryStore } from './store.ts'
import { parseWhen } from './when.ts'

/** Lines checked or written before others get their turn. */
const SLICE = 50

const Id = z
  .string()
  .min(1)
  .max(400)
  .or(z.number().transform((id) => String(id)))

/** One line of an import. What we export, we read. */
const Line = z.strictObject({
  id: Id.optional(),
  externalId: Id.optional(),
  space: SaveMemory.shape.space.unwrap().optional(),
  session: Id.optional(),
  at: z
    .string()
    .max(100)
    .or(z.number().transform((at) => String(at)))
    .optional(),
  speaker: z.string().trim().max(400).optional(),
  text: SaveMemory.shape.text,
  type: MemoryType.optional(),
  tags: SaveMemory.shape.tags.unwrap().optional(),
  importance: SaveMemory.shape.importance.unwrap().optional(),
  protection: Protection.optional(),
  pinned: z.boolean().optional(),
  agent: z.string().max(400).optional(),
  message: z.string().max(400).optional(),
  file: z.string().max(4096).optional(),
  person: z.string().max(400).optional(),
  taint: SaveMemory.shape.taint.unwrap().optional(),
  createdAt: z.iso.datetime().optional(),
  updatedAt: z.iso.datetime().optional(),
  lastUsedAt: z.iso.datetime().optional(),
  validTo: z.iso.datetime().optional(),
  uses: z.number().int().nonnegative().optional(),
  supersededBy: MemoryId.optional(),
  /** Of a digest: the memories that it was made of, and with which it goes. */
  rests: z.array(MemoryId).max(2000).optional(),
})
export type Line = z.input<typeof Line>
type Parsed = z.infer<typeof Line>
const FIELDS = Object.keys(Line.shape)

/**
 * Reads JSON lines and saves them. All are checked before the first is written. A line whose id is known replaces that memory,
 * so an import that was cut short is simply done again.
 * @throws OxbowError `memory.line` naming the line
 */
export async function importLines(
  db: Db,
  store: MemoryStore,
  clock: Clock,
  input: { jsonl: string; space?: string | undefined; firstLine: number },
): Promise<{ saved: number; replaced: number }> {
  const drafts: Draft[] = []
  const rests: { of: Draft; on: readonly string[] }[] = []
  const lines = input.jsonl.split('\n')
  for (const [at, line] of lines.entries()) {
    if (line.trim() !== '') {
      const parsed = parseLine(line, input.firstLine + at)
      const draft = draftOf(store, clock, parsed, input.firstLine + at, input.space)
      drafts.push(draft)
      if (parsed.rests && parsed.rests.length > 0) rests.push({ of: draft, on: parsed.rests })
    }
    if (at % SLICE === SLICE - 1) await breathe()
  }
  let replaced = 0
  for (let at = 0; at < drafts.length; at += SLICE) {
    replaced += writeSome(store, drafts.slice(at, at + SLICE))
    await breathe()
  }
  // A line that replaced another memory has that one's id.
  const name = db.prepare<[number], { id: string }>('SELECT id FROM memories WHERE n = ?')
  for (const { of, on } of rests) {
    const n = store.numberOf(of)
    if (n !== undefined) atomically(db, () => restOn(db, name.get(n)!.id, on))
    await breathe()
  }
  return { saved: drafts.length - replaced, replaced }
}

/** @returns how many replaced others */
function writeSome(store: MemoryStore, drafts: readonly Draft[]): number {
  const fresh: Draft[] = []
  const known: (Draft & { n: number })[] = []
  const here = new Set<string>()
  let replaced = 0
  const write = (): void => {
    if (fresh.length > 0) store.insert(fresh.splice(0))
    if (known.length > 0) store.replace(known.splice(0))
    here.clear()
  }
  for (const draft of drafts) {
    const name = `${draft.space}\n${draft.external_id ?? draft.id}`
    // The same id again replaces the earlier line, which must be there first.
    if (here.has(name)) write()
    here.add(name)
    const n = store.numberOf(draft)
    if (n === undefined) {
      fresh.push(draft)
    } else {
      known.push({ ...draft, n })
      replaced++
    }
  }
  write()
  return replaced
}

function draftOf(store: MemoryStore, clock: Clock, line: Parsed, number: number, space: string | undefined): Draft {
  const own = MemoryId.safeParse(line.id)
  const now = clock.iso()
  const draft = store.draftOf({
    text: line.text,
    type: line.type ?? (line.session === undefined ? 'fact' : 'episode'),
    tags: line.tags ?? [],
    importance: line.importance ?? 0.5,
    protection: line.protection ?? 'none',
    pinned: line.pinned ?? false,
    space: line.space ?? space ?? 'main',
    agent: line.agent,
    speaker: line.speaker,
    source: { session: line.session, message: line.message, file: line.file, person: line.person },
    taint: line.taint ?? [],
    externalId: line.externalId ?? (own.success ? undefined : line.id),
  } as SaveMemory)
  const from = line.at === undefined ? now : timeOf(line.at, number)
  return {
    ...draft,
    ...(own.success && { id: own.data }),
    lineage: line.supersededBy,
    created_at: line.createdAt ?? now,
    updated_at: line.updatedAt ?? now,
    last_used_at: line.lastUsedAt ?? null,
    valid_from: from,
    valid_to: line.validTo ?? null,
    uses: line.uses ?? 0,
  }
}

function parseLine(text: string, number: number): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw bad(number, `is no JSON: ${cause instanceof Error ? cause.message : cause}`, 'Each line is one object: {"text": "…"}.')
  }
  const parsed = Line.safeParse(value)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const [key] = issue.keys as [string]
    const meant = nearMiss(key, FIELDS)
    throw bad(
      number,
      `has an unknown field "${key}"`,
      meant ? `Did you mean "${meant}"?` : `The fields are: ${FIELDS.join(', ')}.`,
    )
  }
  const where = issue?.path.join('.')
  throw bad(number, `${where ? `has a wrong "${where}"` : 'is no object'}: ${issue?.message}`, 'Only "text" is needed.')
}

function timeOf(at: string, number: number): string {
  try {
    return parseWhen(at)
  } catch (error) {
    if (error instanceof OxbowError) throw bad(number, `has a wrong "at": ${error.message}`, error.hint ?? '')
    throw error
  }
}

const bad = (number: number, what: string, hint: string): OxbowError =>
  new OxbowError('BAD_REQUEST', 'memory.line', `line ${number} ${what}`, `${hint} Nothing of this piece was saved.`.trim())
