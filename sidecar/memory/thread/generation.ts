import { type Db, OxbowError } from '../../foundation/index.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { type MaybePacked, textOf } from '../packed.ts'
import { TUNING } from '../search/tuning.ts'
import { toBytes } from '../search/vector.ts'
import { VectorLeg } from '../search/vector-leg.ts'
import { VectorTable } from '../search/vector-table.ts'
import { rangeOf, shelfOf } from '../shelf.ts'
import { LENDERS } from '../word-index.ts'

/** Vectors read at once: few enough that what is left of each piece is small. */
const AT_ONCE = 128

interface Turn extends MaybePacked {
  n: number
  speaker: string
  session: string | null
}

/** The vectors of one embedder, and which memories it does not know yet. */
export class Generation {
  readonly number: number
  readonly embedder: Embedder
  readonly #table: VectorTable
  readonly leg: VectorLeg
  /** Rows to be embedded. */
  readonly waiting = new Set<number>()
  /** How many of them are being embedded now. */
  embedding = 0
  /** How many it knows. */
  known = 0
  readonly #row: { get(n: number): Turn | undefined }
  readonly #earlier: { all(session: string, from: number, to: number, most: number): Turn[] }

  constructor(db: Db, number: number, embedder: Embedder) {
    this.number = number
    this.embedder = embedder
    this.#table = new VectorTable(embedder.dimensions)
    this.leg = new VectorLeg(db, number, this.#table)
    this.#row = db.prepare<[number], Turn>('SELECT n, text, packed, speaker, session FROM memories WHERE n = ?')
    this.#earlier = db.prepare<[string, number, number, number], Turn>(
      'SELECT n, text, packed, speaker, session FROM memories WHERE session = ? AND n BETWEEN ? AND ? ORDER BY n DESC LIMIT ?',
    )
    for (const { n, vector } of storedVectors(db, number, embedder.dimensions)) this.enter(n, vector)
    const without = db.prepare<[number, number], number>(
      'SELECT n FROM memories EXCEPT SELECT n FROM memory_vectors WHERE embedder = ? AND length(vector) = ? ORDER BY n',
    )
    for (const n of without.pluck().iterate(number, embedder.dimensions)) this.waiting.add(n)
  }

  enter(n: number, vector: Int8Array): void {
    if (vector.length !== this.embedder.dimensions)
      throw new OxbowError(
        'INTERNAL_SERVER_ERROR',
        'memory.vector',
        `the vector of memory ${n} has another length`,
        'Choose another embedder.',
      )
    if (!this.#table.has(n)) this.known++
    this.#table.set(n, vector)
    this.waiting.delete(n)
  }

  remove(n: number): void {
    if (this.#table.has(n)) this.known--
    this.#table.delete(n)
    this.waiting.delete(n)
  }

  /** The vectors of these rows, each with what the turns before lend it; rows that are gone have none. */
  async embed(rows: readonly number[]): Promise<{ rows: number[]; vectors: Int8Array[] }> {
    const turns = rows.flatMap((n) => this.#row.get(n) ?? [])
    const lenders = turns.map((turn) => this.#before(turn))
    const texts = new Map<number, string>()
    for (const turn of [...turns, ...lenders.flat()])
      texts.set(turn.n, turn.speaker === '' ? textOf(turn) : `${turn.speaker}: ${textOf(turn)}`)
    const embedded = await this.embedder.embed([...texts.values()])
    const vectors = new Map([...texts.keys()].map((n, at) => [n, embedded[at]!]))
    return {
      rows: turns.map(({ n }) => n),
      vectors: turns.map((turn, at) =>
        toBytes(
          withLent(
            vectors.get(turn.n)!,
            lenders[at]!.map(({ n }) => vectors.get(n)!),
          ),
        ),
      ),
    }
  }

  #before({ n, session }: Turn): Turn[] {
    return session === null ? [] : this.#earlier.all(session, rangeOf(shelfOf(n)).from, n - 1, LENDERS)
  }
}

/** All of an embedder's vectors that have their length. Many at once: asking for each by itself takes three times as long. */
function* storedVectors(db: Db, embedder: number, dimensions: number): Generator<{ n: number; vector: Int8Array }> {
  const some = db
    .prepare<[number, number, number, number], [string, Buffer | null]>(
      `SELECT json_group_array(n), CAST(group_concat(vector, '') AS BLOB) FROM (
         SELECT n, vector FROM memory_vectors WHERE embedder = ? AND length(vector) = ? AND n > ? ORDER BY n LIMIT ?)`,
    )
    .raw()
  for (let last = 0; ; ) {
    const [named, bytes] = some.get(embedder, dimensions, last, AT_ONCE)!
    const numbers = JSON.parse(named) as number[]
    if (numbers.length === 0 || bytes === null) return
    const vectors = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    for (const [at, n] of numbers.entries()) yield { n, vector: vectors.subarray(at * dimensions, (at + 1) * dimensions) }
    last = numbers.at(-1)!
  }
}

function withLent(own: Float32Array, lent: readonly Float32Array[]): Float32Array {
  if (lent.length === 0) return own
  const sum = Float32Array.from(own)
  lent.forEach((vector, back) => {
    const weight = TUNING.lent[back] ?? 0
    for (let at = 0; at < sum.length; at++) sum[at]! += vector[at]! * weight
  })
  return sum
}
