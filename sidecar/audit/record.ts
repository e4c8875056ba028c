import { dirname, join } from 'node:path'
import type { AuditCheckpoint, AuditEntry, AuditFilter, AuditReport } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { exportFiltered, exportWhole, notFound, proveEntry, proveGrowth } from './export.ts'
import { GitWitness } from './git-witness.ts'
import { sealEvent } from './seal-entry.ts'
import type { Seal } from './sealed.ts'
import { sealBefore } from './sealing.ts'
import { AuditStore } from './store.ts'
import { verifyStore } from './verify-store.ts'
import { type AuditWatchItem, watchAudit } from './watch.ts'
import { type Audit, AuditWriter, type WriterOptions } from './writer.ts'

/** The whole record: written by rooms, read by people. */
export interface AuditRecord extends Audit {
  /** Newest first. */
  list(options: AuditFilter & { before?: number | undefined; limit: number }): { entries: AuditEntry[]; size: number }
  /** @throws OxbowError `audit.notFound` */
  get(position: number): { entry: AuditEntry; checkpoint: AuditCheckpoint | null }
  watch(options: AuditFilter & { after?: number | undefined }, signal: AbortSignal): AsyncGenerator<AuditWatchItem, void>
  head(): Promise<{ size: number; checkpoint: AuditCheckpoint | null; key: string | null }>
  /** Signs what is not signed yet, then computes everything anew. */
  verify(): Promise<AuditReport>
  /** Pieces of lines. @throws OxbowError `audit.empty` */
  export(filter: AuditFilter, signal: AbortSignal): AsyncGenerator<{ lines: string[] }, void>
  /** @throws OxbowError `audit.notFound`, `audit.size`, `audit.empty` */
  prove(what: { position?: number | undefined; since?: number | undefined }): Promise<{ lines: string[] }>
  /**
   * Moves the text of entries that are older than a moment into sealed segments, in `audit/` beside the database; their hashes stay, so all proofs hold.
   * @throws OxbowError `audit.empty`
   */
  seal(before: string): Promise<{ entries: number; files: string[] }>
  /** Writes and signs the rest. */
  close(): Promise<void>
}

/** Opens the record of a database. Costs nothing before the first event. */
export function openAudit(options: WriterOptions): AuditRecord {
  let made: AuditStore | undefined
  const store = (): AuditStore => {
    made ??= new AuditStore(options.db, join(dirname(options.db.name), 'audit'))
    return made
  }
  const writer = new AuditWriter(options, store)
  let sealing: Promise<unknown> = Promise.resolve()
  /** What an export stands on. */
  const base = async (): Promise<{ checkpoint: AuditCheckpoint; key: string }> => {
    const checkpoint = await writer.checkpoint()
    if (checkpoint) return { checkpoint, key: await writer.key() }
    throw new OxbowError('NOT_FOUND', 'audit.empty', 'nothing was recorded yet', 'Talk to an agent first.')
  }
  return {
    record: (event) => writer.record(event),
    flush: () => writer.flush(),
    list({ before, limit, ...filter }) {
      writer.flush()
      const { size } = writer
      const end = Math.min(before ?? size, size)
      return { entries: store().list(filter, { start: 0, end }, 'DESC', limit), size }
    },
    get(position) {
      writer.flush()
      const entry = store().entry(position)
      if (!entry) throw notFound(position)
      return { entry, checkpoint: store().checkpointOver(position) ?? null }
    },
    watch: (filter, signal) => watchAudit(writer, store(), filter, signal),
    async head() {
      writer.flush()
      const { size } = writer
      return { size, checkpoint: store().latestCheckpoint() ?? null, key: size === 0 ? null : await writer.key() }
    },
    async verify() {
      const newest = await writer.checkpoint()
      const { clock, worker, posts = [] } = options
      const far = posts.filter((post) => post instanceof GitWitness)
      const asked = far.map(async (git) => {
        const recalled = await git.recall(newest)
        return { path: git.path, fromStart: false, recall: () => recalled }
      })
      const witnesses = [...options.witnesses, ...(await Promise.all(asked))]
      return verifyStore(store(), { key: await writer.key(), witnesses, clock, worker })
    },
    async *export(filter, signal) {
      const { checkpoint, key } = await base()
      const filtered = Object.values(filter).some((value) => value !== undefined)
      const pieces = filtered ? exportFiltered(store(), key, checkpoint, filter) : exportWhole(store(), key, checkpoint)
      for (const lines of pieces) {
        if (signal.aborted) return
        yield { lines }
      }
    },
    async prove({ position, since }) {
      const { checkpoint, key } = await base()
      if (position !== undefined) return { lines: proveEntry(store(), key, checkpoint, position) }
      if (since !== undefined) return { lines: proveGrowth(store(), key, checkpoint, since) }
      throw new OxbowError('BAD_REQUEST', 'audit.prove', 'nothing to prove was named', 'Give `position`, or `since` with a size.')
    },
    seal(before) {
      const done = sealing.then(async () => {
        const { key } = await base()
        const { db, clock } = options
        const tell = (seal: Seal): void => {
          writer.record(sealEvent(seal))
          writer.flush()
        }
        const seals = await sealBefore({ db, clock, store: store(), key, tell }, new Date(before).toISOString())
        return {
          entries: seals.reduce((sum, { from, size }) => sum + size - from, 0),
          files: seals.map((seal) => store().sealed.path(seal)),
        }
      })
      sealing = done.catch(() => {})
      return done
    },
    close: async () => {
      await sealing
      await writer.close()
    },
  }
}
