import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditRecord, WatchedFile } from './audit/index.ts'
import type { Clock, Config, Log } from './foundation/index.ts'
import type { Media } from './media/index.ts'
import type { Remembering } from './remembering.ts'
import { endLeftovers, type Leftover } from './sandbox/index.ts'

/** In milliseconds after the start: when it is over, and when nobody waits for it. */
const SOON_MS = 1000
const AFTER_MS = 60_000
const DAY_MS = 86_400_000

export interface TidyingParts {
  /** Of boxes of a sidecar that was killed. */
  leftovers: readonly Leftover[]
  memory: Pick<Remembering, 'learner' | 'dreamer'>
  media: Pick<Media, 'sweep'>
  /** Looked at once: while nothing ran, they may have been edited. */
  watched: Readonly<Record<string, Pick<WatchedFile, 'look'>>>
  audit: AuditRecord
  clock: Clock
  config: Config
  journal: Log
}

/**
 * What is set right once: right away, what still runs of boxes long gone, and what was edited meanwhile; long after the start, learning that was left, dreams,
 * files of no message, the old record.
 */
export class Tidying {
  readonly #parts: TidyingParts
  readonly #ending = new AbortController()
  readonly #done: Promise<void>

  constructor(parts: TidyingParts) {
    this.#parts = parts
    this.#done = this.#tidy().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) parts.journal.warn({ err: error }, 'files could not be tidied')
    })
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#done
  }

  async #tidy(): Promise<void> {
    const { memory, media, journal } = this.#parts
    const { signal } = this.#ending
    const ended = await endLeftovers(this.#parts.leftovers)
    if (ended > 0) journal.info({ ended }, 'ended what a killed sidecar left running')
    // A sidecar that ends before looks at its end: what held meanwhile is recorded.
    await sleep(SOON_MS, undefined, { signal, ref: false }).finally(() => {
      for (const file of Object.values(this.#parts.watched)) file.look()
    })
    await sleep(AFTER_MS, undefined, { signal, ref: false })
    await memory.learner.resume()
    await memory.dreamer.plan()
    const removed = await media.sweep(signal)
    if (removed > 0) journal.info({ removed }, 'removed files that no message names')
    await this.#sealOld()
  }

  /** What is older than the settings keep in the database. */
  async #sealOld(): Promise<void> {
    const { audit, clock, config } = this.#parts
    const { retention } = config.audit
    if (retention === undefined || (await audit.head()).size === 0) return
    await audit.seal(new Date(clock.ms() - retention * DAY_MS).toISOString())
  }
}
