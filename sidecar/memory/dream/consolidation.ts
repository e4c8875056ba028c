import { setImmediate as breathe } from 'node:timers/promises'
import { textOf } from '../packed.ts'
import { Approaches } from './approaches.ts'
import { Digests, type Due, SENTENCES } from './digests.ts'
import type { NewChange } from './dream-log.ts'
import { grounded } from './grounded.ts'
import { areNotes } from './notes.ts'
import type { DreamParts } from './parts.ts'
import { LEVELS } from './periods.ts'
import type { Steps } from './steps.ts'
import type { RewriteUndo } from './undo.ts'

/** A memory that was of use in so many sessions matters at least so much. */
const SESSIONS = 3
const MATTERS = 0.7
const MOST_PROMOTED = 200

/** Gives what is used its weight, and sums up days, weeks, months and all. Done twice, it changes nothing more. */
export class Consolidation {
  readonly #parts: DreamParts
  readonly #digests: Digests
  readonly #approaches: Approaches

  constructor(parts: DreamParts) {
    this.#parts = parts
    this.#digests = new Digests(parts)
    this.#approaches = new Approaches(parts)
  }

  async run(steps: Steps): Promise<void> {
    await this.#promote(steps)
    await this.#approaches.run(steps)
    const { shelves, clock, log } = this.#parts
    const present = [...shelves.all().values()].filter((shelf) => shelf.past === 0 && !areNotes(shelf))
    for (const shelf of present) {
      for (const level of LEVELS) {
        if (steps.enough()) return
        for (const due of await this.#digests.due(shelf, level, clock.iso())) {
          if (steps.enough()) return
          if (!log.digestUndone(due.space, due.period)) await this.#sumUp(due, steps)
          await breathe()
        }
      }
    }
  }

  async #sumUp(due: Due, steps: Steps): Promise<void> {
    const { central, secrets } = this.#parts
    const texts = this.#digests.sources(due).map(({ text }) => text)
    // What a stranger may have written is not handed to a model that sums up: its words stay as they were.
    const trusted = !due.period.endsWith('of others')
    const answer = trusted ? await steps.helper?.summarise(texts, due.period, steps.signal) : undefined
    const told = grounded(answer, [...texts, due.period])
    const text =
      told !== undefined && !secrets.in(told) ? told : (await central(texts, SENTENCES[due.level])).map(ended).join(' ')
    steps.change(() => this.#digests.write(due, text))
  }

  async #promote(steps: Steps): Promise<void> {
    const { db, moves, shelves, log } = this.#parts
    const used = db
      .prepare<object, { id: string }>(
        `SELECT u.id FROM memory_uses u JOIN memories m ON m.id = u.id WHERE m.lineage = m.id AND m.importance < @matters
         GROUP BY u.id HAVING count(DISTINCT NULLIF(u.session, '')) >= @sessions LIMIT @most`,
      )
      .all({ matters: MATTERS, sessions: SESSIONS, most: MOST_PROMOTED })
    for (const { id } of used) {
      if (steps.enough()) return
      steps.progress.counts.promotions++
      steps.change((): NewChange | undefined => {
        const row = moves.current(id)
        if (!row || log.wasUndone(id, id)) return undefined
        const { n: _n, id: _id, lineage: _lineage, text: _text, packed: _packed, ...before } = row
        moves.write({ ...row, importance: MATTERS, text: textOf(row), packed: null })
        const undo: RewriteUndo = { before, left: row.updated_at }
        return { kind: 'promoted', space: shelves.nameOf(row.n).space, memory: id, other: id, undo }
      })
      await breathe()
    }
  }
}

const ended = (sentence: string): string => (/[.!?…:;]$/.test(sentence) ? sentence : `${sentence}.`)
