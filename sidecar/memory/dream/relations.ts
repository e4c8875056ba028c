import type { MemoryType } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { carefully } from '../learn/carefully.ts'
import { frameOf, stem } from '../learn/frame.ts'
import type { Relation } from '../learn/relate.ts'
import { textOf } from '../packed.ts'
import type { Row } from '../row.ts'
import { cosine } from '../search/vector.ts'
import type { VectorLeg } from '../search/vector-leg.ts'
import { rangeOf, shelfOf } from '../shelf.ts'
import { tellingWords, wordsOf } from '../words.ts'

/** The nearest of each that are compared with it. */
const NEAREST = 16
/** Of those that speak of the same thing in a known form ("I live in …"), the newest. */
const MOST_OF_KEY = 24
/** Episodes this alike tell of the same thing happening again. */
const AGAIN = 0.8
const SHARED = 0.6
const FEWEST_WORDS = 4
/** It has to happen so often, on different days. */
export const FEWEST_TIMES = 3

/** What two rows of one shelf have to do with each other. */
export interface Related {
  newer: number
  older: number
  relation: Exclude<Relation, 'other'>
}

/** What was found about some rows. */
export interface Relations {
  related: Related[]
  /** Rows that tell of the same thing, each on another day; oldest first. */
  repeated: number[][]
}

type Part = Pick<Row, 'n' | 'type' | 'text' | 'packed' | 'file' | 'valid_from'>

/** What a dream may compare: statements. What was merely said or summed up is neither true nor false. */
const STATEMENTS: ReadonlySet<string> = new Set<MemoryType>(['profile', 'preference', 'decision', 'fact', 'knowledge', 'skill'])

/** Finds what repeats and what contradicts: by meaning, by form and by words. Within one shelf only, so spaces never mix. */
export class RelationFinder {
  readonly #row: { get(n: number): Part | undefined }
  readonly #all: { iterate(from: number, to: number): Iterable<Part> }
  readonly #digest: { get(n: number): unknown }
  /** What the rows of one shelf speak of, made when its first row is asked about. */
  #keys: { shelf: number; rows: Map<string, number[]> } | undefined

  constructor(db: Db) {
    const columns = 'n, type, text, packed, file, valid_from'
    this.#row = db.prepare<[number], Part>(`SELECT ${columns} FROM memories WHERE n = ?`)
    this.#all = db.prepare<[number, number], Part>(`SELECT ${columns} FROM memories WHERE n BETWEEN ? AND ? ORDER BY n`)
    this.#digest = db.prepare('SELECT 1 FROM memory_rests WHERE memory = (SELECT id FROM memories WHERE n = ?) LIMIT 1')
  }

  /** @param meaning absent: where no embedder serves, by form and words alone. An empty list of rows lets go of what is held. */
  async of(rows: readonly number[], meaning?: { embedder: Embedder; leg: VectorLeg }): Promise<Relations> {
    if (rows.length === 0) this.#keys = undefined
    const parts = rows.flatMap((n) => this.#row.get(n) ?? []).filter((part) => this.#comparable(part))
    const vectors = meaning && (await meaning.embedder.embed(parts.map(textOf)))
    const found: Relations = { related: [], repeated: [] }
    parts.forEach((part, at) => {
      const near = this.#near(part, vectors && meaning ? { leg: meaning.leg, vector: vectors[at]! } : undefined)
      if (part.type === 'episode') found.repeated.push(...repeats(part, near))
      else found.related.push(...near.flatMap(({ part: other, likeness }) => related(part, other, likeness)))
    })
    return found
  }

  #comparable(part: Part): boolean {
    // What stands in a person's file is theirs to change.
    return part.file === null && (part.type === 'episode' || STATEMENTS.has(part.type)) && !this.#digest.get(part.n)
  }

  #near(part: Part, meaning?: { leg: VectorLeg; vector: Float32Array }): { part: Part; likeness: number | undefined }[] {
    const near = new Map<number, number | undefined>()
    const reader = meaning?.leg.reader()
    if (meaning && reader) {
      const hits = meaning.leg.find(meaning.vector, [rangeOf(shelfOf(part.n))], undefined, NEAREST, reader)
      for (const { n, score } of hits) near.set(n, score)
    }
    const keys = this.#keysOf(shelfOf(part.n))
    for (const key of keysIn(part)) {
      for (const n of keys.get(key) ?? []) {
        const vector = near.has(n) ? undefined : reader?.get(n)
        if (!near.has(n)) near.set(n, meaning && vector && cosine(meaning.vector, vector))
      }
    }
    near.delete(part.n)
    return [...near].flatMap(([n, likeness]) => {
      const other = this.#row.get(n)
      return other && this.#comparable(other) ? [{ part: other, likeness }] : []
    })
  }

  #keysOf(shelf: number): Map<string, number[]> {
    if (this.#keys?.shelf === shelf) return this.#keys.rows
    const rows = new Map<string, number[]>()
    const { from, to } = rangeOf(shelf)
    for (const part of this.#all.iterate(from, to)) {
      if (!STATEMENTS.has(part.type)) continue
      for (const key of keysIn(part)) {
        const known = rows.get(key) ?? []
        known.push(part.n)
        if (known.length > MOST_OF_KEY) known.shift()
        rows.set(key, known)
      }
    }
    this.#keys = { shelf, rows }
    return rows
  }
}

/** What a statement is found by: its words, and what it speaks of where it has a known form. */
function keysIn(part: Part): string[] {
  if (!STATEMENTS.has(part.type)) return []
  const text = textOf(part)
  const frame = frameOf(text)
  return [...(frame ? [`of ${frame.key}`] : []), `as ${[...bagOf(text)].sort().join(' ')}`]
}

function related(a: Part, b: Part, likeness: number | undefined): Related[] {
  if (b.type === 'episode') return []
  const [newer, older] = isNewer(a, b) ? [a, b] : [b, a]
  const relation = carefully(stated(newer), stated(older), likeness)
  return relation === 'other' ? [] : [{ newer: newer.n, older: older.n, relation }]
}

function repeats(part: Part, near: readonly { part: Part; likeness: number | undefined }[]): number[][] {
  const bag = bagOf(textOf(part))
  if (bag.size < FEWEST_WORDS || textOf(part).trimEnd().endsWith('?')) return []
  const days = new Map([[dayOf(part), part]])
  for (const { part: other, likeness } of near) {
    if (other.type !== 'episode' || likeness === undefined || likeness < AGAIN) continue
    const words = bagOf(textOf(other))
    const shared = [...words].filter((word) => bag.has(word)).length
    if (shared < SHARED * Math.min(bag.size, words.size) || days.has(dayOf(other))) continue
    days.set(dayOf(other), other)
  }
  if (days.size < FEWEST_TIMES) return []
  return [[...days.values()].sort((a, b) => (isNewer(a, b) ? 1 : -1)).map(({ n }) => n)]
}

const stated = (part: Part): { text: string; type: MemoryType } => ({ text: textOf(part), type: part.type as MemoryType })
const isNewer = (a: Part, b: Part): boolean => (a.valid_from === b.valid_from ? a.n > b.n : a.valid_from > b.valid_from)
const dayOf = ({ valid_from }: Part): string => valid_from.slice(0, 10)
const bagOf = (text: string): Set<string> => new Set(tellingWords(wordsOf(text)).map(stem))
