import type { MemoryId } from '../../contract/index.ts'
import { textOf } from '../packed.ts'
import { withWhatRests } from '../rests.ts'
import type { Row } from '../row.ts'
import { isNote } from './notes.ts'
import type { DreamParts } from './parts.ts'
import type { Steps } from './steps.ts'

/** Rows looked at in one go. */
const PAGE = 8
/** Removed together: each time the log of writes is emptied, too. */
const TOGETHER = 100

/**
 * Removes memories that hold a secret, before anything is made of them: with past versions, digests that rest on them and all their
 * words, as forgetting does. That is final. What a person protected is theirs to forget.
 */
export class SecretSweep {
  readonly #parts: DreamParts

  constructor(parts: DreamParts) {
    this.#parts = parts
  }

  async run(steps: Steps): Promise<void> {
    const { db, secrets, settled, shelves } = this.#parts
    // Without an embedder within reach, it goes by words and forms.
    await settled().catch(() => undefined)
    const page = db.prepare<[number, number], Row>('SELECT * FROM memories WHERE n > ? ORDER BY n LIMIT ?')
    let found: Row[] = []
    for (let place = steps.progress.place; !steps.enough(); ) {
      const rows = page.all(place, PAGE)
      const names = shelves.all()
      for (const row of rows) {
        if (isNote(row.n, names)) continue
        if (secrets.in(`${textOf(row)} ${(JSON.parse(row.tags) as string[]).join(' ')}`)) found.push(row)
      }
      const last = rows.length < PAGE
      if (found.length >= TOGETHER || last) {
        await this.#remove(found, steps)
        found = []
      }
      place = rows.at(-1)?.n ?? place
      // What was found and is not removed yet is found again after a crash.
      await steps.reached(found.length > 0 ? steps.progress.place : place)
      if (last) return
    }
  }

  async #remove(rows: readonly Row[], steps: Steps): Promise<void> {
    const { db, store, moves, shelves } = this.#parts
    const { counts } = steps.progress
    const going = new Set<string>()
    let cleared = false
    for (const row of rows) {
      const current = moves.current(row.lineage)
      counts.secrets++
      if (!current || !moves.row(row.n)) continue
      if (current.pinned === 1 || current.protection !== 'none') {
        counts.spared++
        continue
      }
      const { space } = shelves.nameOf(row.n)
      if (row.id === row.lineage) going.add(row.id)
      // A past version goes alone; what was made of it may still say it.
      else for (const made of withWhatRests(db, [row.lineage])) if (made !== row.lineage) going.add(made)
      steps.change(() => {
        if (row.id !== row.lineage) moves.remove(row.n)
        return { kind: 'removed', space, memory: row.id }
      })
      cleared = true
    }
    if (going.size > 0) await store.forget({ ids: [...going] as MemoryId[], dryRun: false })
    else if (cleared) db.pragma('wal_checkpoint(TRUNCATE)')
  }
}
