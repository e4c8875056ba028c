import type { MemoryId } from '../../contract/index.ts'
import { textOf } from '../packed.ts'
import { withWhatRests } from '../rests.ts'
import type { Row } from '../row.ts'
import type { Steps } from './dream.ts'
import type { DreamParts } from './parts.ts'

/** Rows looked at in one go. */
const PAGE = 20

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
    const { db, secrets, settled } = this.#parts
    // Without an embedder within reach, it goes by words and forms.
    await settled().catch(() => undefined)
    const page = db.prepare<[number, number], Row>('SELECT * FROM memories WHERE n > ? ORDER BY n LIMIT ?')
    for (let place = steps.progress.place; !steps.enough(); ) {
      const rows = page.all(place, PAGE)
      for (const row of rows) {
        if (secrets.in(`${textOf(row)} ${(JSON.parse(row.tags) as string[]).join(' ')}`)) await this.#found(row, steps)
      }
      place = rows.at(-1)?.n ?? place
      await steps.reached(place)
      if (rows.length < PAGE) return
    }
  }

  async #found(row: Row, steps: Steps): Promise<void> {
    const { db, store, moves, shelves } = this.#parts
    const current = moves.current(row.lineage)
    const { counts } = steps.progress
    if (!moves.row(row.n)) return
    counts.secrets++
    if (current && (current.pinned === 1 || current.protection !== 'none')) {
      counts.spared++
      return
    }
    const { space } = shelves.nameOf(row.n)
    const record = (): boolean => steps.change(() => ({ kind: 'removed', space, memory: row.id }))
    if (row.id === row.lineage || !current) {
      await store.forget({ ids: [row.id as MemoryId], dryRun: false })
      record()
      return
    }
    // A past version goes alone; what was made of it may still say it.
    const made = withWhatRests(db, [row.lineage]).filter((id) => id !== row.lineage)
    steps.change(() => {
      moves.remove(row.n)
      return { kind: 'removed', space, memory: row.id }
    })
    if (made.length > 0) await store.forget({ ids: made as MemoryId[], dryRun: false })
    db.pragma('wal_checkpoint(TRUNCATE)')
  }
}
