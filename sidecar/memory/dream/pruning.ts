import { setImmediate as breathe } from 'node:timers/promises'
import { chooseHot } from '../recall/hot.ts'
import { joinSegments } from '../segments.ts'
import { tendSome } from '../tiers/cold.ts'
import { areNotes } from './notes.ts'
import type { DreamParts } from './parts.ts'
import type { Steps } from './steps.ts'

/** Memories compressed or unpacked in one transaction. */
const SLICE = 4

/** Compresses what has faded, looks whether text and indexes agree, and puts these in order. Nothing is deleted; what is protected does not fade. */
export class Pruning {
  readonly #parts: DreamParts

  constructor(parts: DreamParts) {
    this.#parts = parts
  }

  async run(steps: Steps): Promise<void> {
    const { db, uses, shelves, reindex } = this.#parts
    const { counts } = steps.progress
    const before = this.#count('SELECT count(*) AS n FROM memories WHERE packed IS NOT NULL AND lineage = id')
    if (steps.progress.place === 0) {
      db.prepare(`UPDATE memory_work SET place = 0 WHERE name = 'cold'`).run()
      await steps.reached(1)
    }
    while (!steps.enough()) {
      const round = tendSome(db, uses, SLICE)
      await breathe()
      if (round) break
    }
    counts.stale = this.#count('SELECT count(*) AS n FROM memories WHERE packed IS NOT NULL AND lineage = id')
    counts.packed += Math.max(0, counts.stale - before)
    counts.hotOverflow = 0
    for (const shelf of shelves.all().values()) {
      const { past, space, agent } = shelf
      if (past === 0 && !areNotes(shelf)) counts.hotOverflow += chooseHot(db, uses, { space, agent }).over.length
      await breathe()
    }
    const rows = this.#count('SELECT count(*) AS n FROM memories')
    const indexed = this.#count('SELECT count(*) AS n FROM memory_words_docsize')
    const underway = this.#count(`SELECT count(*) AS n FROM memory_work WHERE name = 'words'`)
    if (rows !== indexed && underway === 0) reindex()
    while (!steps.enough() && joinSegments(db)) await steps.reached(1)
    if (steps.enough()) return
    await steps.reached(2)
  }

  #count(sql: string): number {
    return this.#parts.db.prepare<[], { n: number }>(sql).get()!.n
  }
}
