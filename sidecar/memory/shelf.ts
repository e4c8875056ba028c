import { type Db, OxbowError } from '../foundation/index.ts'
import { prepared } from './prepared.ts'

/** Numbers that a shelf has. */
const SIZE = 2 ** 32
/** Above it, numbers would no longer be whole in JavaScript. */
const MOST_SHELVES = 2 ** 20

/** Numbers of memories, both ends included. */
export interface Range {
  from: number
  to: number
}

export interface ShelfName {
  space: string
  /** Whose alone it is; empty: every agent's. */
  agent: string
  past: boolean
}

/** Whose memories: absent conditions hold for all. With `agent` also those of every agent. */
export interface Reach {
  space?: string | undefined
  agent?: string | undefined
  past?: boolean | undefined
  /** Pieces of the person's notes: `only` those, or `with` them; absent: none. */
  notes?: 'with' | 'only' | undefined
}

interface ShelfRow {
  number: number
  space: string
  agent: string
  past: 0 | 1
}

/**
 * A shelf holds the memories of one space, and where they are one agent's alone, of that agent; past versions have shelves of
 * their own. A shelf is a range of numbers, so each index is limited to it before it looks for the best.
 */
export class Shelves {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** The ranges of all shelves within reach, up to the newest memory. */
  ranges({ space, agent, past, notes }: Reach): Range[] {
    const rows = prepared<[object], { number: number; next: number }>(
      this.#db,
      `SELECT number, next FROM memory_shelves WHERE (@space IS NULL OR space = @space)
         AND CASE WHEN agent = '${KNOWLEDGE}' THEN @notes ELSE @others AND (@any OR agent = '' OR agent = @agent) END AND (@past IS NULL OR past = @past) ORDER BY number`,
    ).all({
      space: space ?? null,
      agent: agent ?? '',
      any: agent === ANYBODY ? 1 : 0,
      past: past === undefined ? null : Number(past),
      notes: notes === undefined ? 0 : 1,
      others: notes === 'only' ? 0 : 1,
    })
    return rows.map(({ number, next }) => ({ from: number * SIZE, to: number * SIZE + next }))
  }

  /** A number for a new memory on this shelf. */
  nextNumber({ space, agent, past }: ShelfName): number {
    const row = prepared<[string, string, number], { number: number; next: number }>(
      this.#db,
      `INSERT INTO memory_shelves (space, agent, past) VALUES (?, ?, ?)
         ON CONFLICT (space, agent, past) DO UPDATE SET next = next + 1 RETURNING number, next`,
    ).get(space, agent, Number(past))!
    if (row.number >= MOST_SHELVES || row.next >= SIZE)
      throw new OxbowError(
        'CONFLICT',
        'memory.full',
        'there is no room for more memories here',
        'Forget some, or use fewer spaces.',
      )
    return row.number * SIZE + row.next
  }

  /** What the shelf of a memory is called. */
  nameOf(n: number): ShelfName {
    const row = this.all().get(shelfOf(n))!
    return { space: row.space, agent: row.agent, past: row.past === 1 }
  }

  all(): Map<number, ShelfRow> {
    const rows = prepared<[], ShelfRow>(this.#db, 'SELECT number, space, agent, past FROM memory_shelves').all()
    return new Map(rows.map((row) => [row.number, row]))
  }
}

/** As `agent` of a reach: whoever's it is. What a person sees. */
export const ANYBODY = '*'

/** As agent of a shelf: pieces of the person's notes. Their files are the truth, so nothing but the folder's index changes them. */
export const KNOWLEDGE = 'knowledge:notes'

export const shelfOf = (n: number): number => Math.floor(n / SIZE)
export const rangeOf = (number: number): Range => ({ from: number * SIZE, to: number * SIZE + SIZE - 1 })
