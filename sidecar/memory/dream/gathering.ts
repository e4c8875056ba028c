import { setImmediate as breathe } from 'node:timers/promises'
import { BY_AGENT, type DreamChangeKind, type MemoryType, type SaveMemory } from '../../contract/index.ts'
import { trustOf } from '../learn/candidate.ts'
import { textOf } from '../packed.ts'
import { restOn } from '../rests.ts'
import type { Row } from '../row.ts'
import type { NewChange } from './dream-log.ts'
import { grounded } from './grounded.ts'
import { isNote } from './notes.ts'
import type { DreamParts } from './parts.ts'
import { FEWEST_TIMES, type Related } from './relations.ts'
import type { Steps } from './steps.ts'
import type { RewriteUndo } from './undo.ts'

/** Rows looked through for those to compare, and compared in one go. */
const PAGE = 200
const BATCH = 16
/** How often what was rewritten is compared again at once. */
const ROUNDS = 3
/** Questions that one dream may ask a person. */
const MOST_ASKED = 20

const ORDER: readonly Related['relation'][] = ['same', 'contradicts', 'near', 'unsure']

/**
 * Compares what is new or changed with all that is known in its space, and settles at once what it finds: a crash in between
 * loses a batch of findings, never a change.
 */
export class Gathering {
  readonly #parts: DreamParts

  constructor(parts: DreamParts) {
    this.#parts = parts
  }

  async run(steps: Steps): Promise<void> {
    const seen = new Set<string>()
    const page = this.#parts.db.prepare<[number, number], Pick<Row, 'n' | 'id' | 'lineage' | 'updated_at'>>(
      'SELECT n, id, lineage, updated_at FROM memories WHERE n > ? ORDER BY n LIMIT ?',
    )
    for (let place = steps.progress.place; !steps.enough(); ) {
      const rows = page.all(place, PAGE)
      const names = this.#parts.shelves.all()
      const wanted = rows.filter(
        ({ n, id, lineage, updated_at }) => id === lineage && updated_at > steps.progress.since && !isNote(n, names),
      )
      for (let at = 0; at < wanted.length && !steps.enough(); at += BATCH) {
        const batch = wanted.slice(at, at + BATCH).map(({ n }) => n)
        steps.progress.counts.looked += batch.length
        await this.#settle(batch, seen, steps)
        await steps.reached(batch.at(-1)!)
      }
      if (steps.enough()) return
      place = rows.at(-1)?.n ?? place
      await steps.reached(place)
      if (rows.length < PAGE) break
    }
    await this.#parts.relations([])
  }

  async #settle(batch: readonly number[], seen: Set<string>, steps: Steps): Promise<void> {
    let rows = batch
    for (let round = 0; round < ROUNDS && rows.length > 0; round++) {
      const asked = this.#parts.clock.iso()
      const { related, repeated } = await this.#parts.relations(rows)
      const rewritten = new Set<number>()
      for (const one of related.sort((a, b) => ORDER.indexOf(a.relation) - ORDER.indexOf(b.relation))) {
        if (rewritten.has(one.newer) || rewritten.has(one.older)) continue
        const stays = await this.#settleOne(one, asked, seen, steps)
        if (stays !== undefined) rewritten.add(stays)
        await breathe()
      }
      for (const group of repeated) await this.#generalise(group, seen, steps)
      rows = [...rewritten]
    }
  }

  /** @returns the row that says something else now */
  async #settleOne(
    { newer, older, relation }: Related,
    asked: string,
    seen: Set<string>,
    steps: Steps,
  ): Promise<number | undefined> {
    const pair = this.#pair(newer, older, asked)
    if (!pair || seen.has(`${newer} ${older}`)) return undefined
    seen.add(`${newer} ${older}`)
    if (this.#parts.log.wasUndone(pair.newer.id, pair.older.id)) return undefined
    const { counts } = steps.progress
    let known = relation
    if (relation === 'unsure') {
      const judged = await steps.helper?.judge(textOf(pair.newer), textOf(pair.older), steps.signal)
      if (judged === 'both') return undefined
      known = judged === 'same' ? 'same' : judged === 'replaces' ? 'contradicts' : 'unsure'
    }
    counts[known === 'unsure' ? 'unsure' : known === 'contradicts' ? 'contradictions' : 'duplicates']++
    const again = this.#pair(newer, older, asked)
    if (!again) return undefined
    if (known === 'unsure') {
      this.#ask(again.newer, again.older, steps)
      return undefined
    }
    return this.#absorb(again, known, steps)
  }

  #absorb(pair: { newer: Row; older: Row }, relation: 'same' | 'near' | 'contradicts', steps: Steps): number | undefined {
    const { absorber, moves, shelves } = this.#parts
    let stays: Row | undefined
    const changed = steps.change((): NewChange | undefined => {
      const found =
        relation === 'contradicts' ? absorber.supersede(pair.newer, pair.older) : absorber.merge(pair.newer, pair.older, relation)
      if (!found) return undefined
      stays = found.into
      const kind: DreamChangeKind = relation === 'contradicts' ? 'superseded' : 'merged'
      const { space } = shelves.nameOf(found.into.n)
      return { kind, space, memory: found.into.id, other: found.gone.id, undo: found.undo }
    })
    if (!changed || !stays) {
      steps.progress.counts.spared++
      if (relation === 'contradicts') this.#ask(pair.newer, pair.older, steps)
      return undefined
    }
    const now = moves.row(stays.n)
    return now && textOf(now) !== textOf(stays) ? stays.n : undefined
  }

  /** Both as they are now, unless one went, or was changed since they were compared. */
  #pair(newer: number, older: number, asked: string): { newer: Row; older: Row } | undefined {
    const { moves } = this.#parts
    const [a, b] = [moves.row(newer), moves.row(older)]
    if (!a || !b || a.lineage !== a.id || b.lineage !== b.id) return undefined
    return a.updated_at > asked || b.updated_at > asked ? undefined : { newer: a, older: b }
  }

  /** Only a person can decide. What a stranger may have written is not even asked about. */
  #ask(newer: Row, older: Row, steps: Steps): void {
    const { questions, shelves, together } = this.#parts
    const taint = JSON.parse(newer.taint) as string[]
    if (trustOf(taint) === 'stranger' || steps.progress.counts.unsure > MOST_ASKED) return
    const { space, agent } = shelves.nameOf(newer.n)
    const candidate = {
      text: textOf(newer),
      type: newer.type as MemoryType,
      tags: JSON.parse(newer.tags) as string[],
      importance: newer.importance,
      taint,
      known: newer.id,
    }
    together(() => questions.ask({ kind: 'contradiction', space, agent, candidate, about: older.id }))
  }

  /** What happened on several days becomes knowledge, beside the episodes that it rests on. */
  async #generalise(group: readonly number[], seen: Set<string>, steps: Steps): Promise<void> {
    const { db, moves, store, shelves, log, secrets } = this.#parts
    const rows = group.flatMap((n) => moves.row(n) ?? []).filter(({ id, lineage }) => id === lineage)
    const trusts = new Set(rows.map(({ taint }) => trustOf(JSON.parse(taint) as string[])))
    const name = `again ${rows.map(({ n }) => n).join(' ')}`
    if (rows.length < FEWEST_TIMES || trusts.size > 1 || seen.has(name)) return
    seen.add(name)
    const known = db.prepare<[string], unknown>(
      `SELECT 1 FROM memory_rests r JOIN memories m ON m.id = r.memory
       WHERE m.type = 'knowledge' AND r.source IN (SELECT value FROM json_each(?)) LIMIT 1`,
    )
    const ids = rows.map(({ id }) => id)
    const [first, last] = [rows[0]!, rows.at(-1)!]
    const { space, agent } = shelves.nameOf(first.n)
    if (known.get(JSON.stringify(ids)) || ids.some((id) => log.digestUndone(space, id))) return
    steps.progress.counts.repeated++
    const texts = rows.map(textOf)
    // What a stranger may have written is not handed to a model.
    const answer = trusts.has('stranger') ? undefined : await steps.helper?.generalise(texts, steps.signal)
    const told = grounded(answer, texts)
    const general = told === undefined || secrets.in(told) ? textOf(last) : told
    // It may have taken its time: what it is made of must still be there.
    if (ids.some((id) => moves.current(id) === undefined)) return
    steps.change(() => {
      const input: SaveMemory = {
        text: `Again and again (${rows.length} times from ${first.valid_from.slice(0, 10)} to ${last.valid_from.slice(0, 10)}): ${general}`,
        type: 'knowledge',
        tags: ['generalised'],
        importance: 0.5,
        protection: 'none',
        pinned: false,
        space,
        source: {},
        taint: [...new Set([BY_AGENT, ...rows.flatMap(({ taint }) => JSON.parse(taint) as string[])])],
        validFrom: last.valid_from,
        ...(agent !== '' && { agent }),
        ...(last.speaker !== '' && { speaker: last.speaker }),
      }
      const saved = store.save(input)
      restOn(db, saved.id, ids)
      const undo: RewriteUndo = { left: saved.updatedAt }
      return { kind: 'generalised', space, memory: saved.id, other: first.id, undo }
    })
  }
}
