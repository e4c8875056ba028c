import { setImmediate as breathe } from 'node:timers/promises'
import { BY_AGENT, type MemoryId } from '../../contract/index.ts'
import { textOf } from '../packed.ts'
import type { Row } from '../row.ts'
import type { NewChange } from './dream-log.ts'
import { grounded } from './grounded.ts'
import type { DreamParts } from './parts.ts'
import type { Steps } from './steps.ts'
import type { RewriteUndo } from './undo.ts'

/** Kept tasks that one dream asks a model about. */
const MOST_TOLD = 20
const LINE = 'Approach: '

/**
 * Says in a sentence how kinds of tasks were solved, beside the steps that were noted: for the next one of the kind. Only with a model's
 * help; without it, the steps stand alone.
 */
export class Approaches {
  readonly #parts: DreamParts

  constructor(parts: DreamParts) {
    this.#parts = parts
  }

  async run(steps: Steps): Promise<void> {
    const { helper } = steps
    if (!helper) return
    const { db, moves, log } = this.#parts
    const rows = db
      .prepare<[string], Row>(
        `SELECT * FROM memories WHERE lineage = id AND type = 'reasoning' AND pinned = 0 AND protection = 'none' AND updated_at > ?
         ORDER BY updated_at DESC LIMIT ${MOST_TOLD}`,
      )
      .all(steps.progress.since)
    for (const row of rows) {
      if (steps.enough()) return
      const text = textOf(row)
      const labels = JSON.parse(row.taint) as string[]
      if (text.includes(`\n${LINE}`) || !labels.includes(BY_AGENT) || log.wasUndone(row.id, row.id)) continue
      const told = grounded(await helper.approach(text, steps.signal), [text])
      if (told === undefined || this.#parts.secrets.in(told)) continue
      steps.change(() => {
        const now = moves.current(row.id)
        return now && now.updated_at === row.updated_at ? this.#write(now, text, told) : undefined
      })
      await breathe()
    }
  }

  #write(row: Row, text: string, told: string): NewChange {
    const { db, store, shelves } = this.#parts
    const { n: _n, id: _id, lineage: _lineage, text: _text, packed: _packed, ...before } = row
    const [task, ...rest] = text.split('\n')
    const next = store.update({
      id: row.id as MemoryId,
      text: [task, `${LINE}${told}`, ...rest].join('\n'),
      validFrom: row.valid_from,
    })
    const version = db
      .prepare<[string, string], { id: string }>('SELECT id FROM memories WHERE lineage = ? AND id <> ? ORDER BY n DESC LIMIT 1')
      .get(row.id, row.id)
    const undo: RewriteUndo = { before, version: version?.id, left: next.updatedAt }
    return { kind: 'generalised', space: shelves.nameOf(row.n).space, memory: row.id, other: row.id, undo }
  }
}
