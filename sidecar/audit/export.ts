import type { AuditCheckpoint, AuditEntry, AuditFilter } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { FORMAT, lineOf } from './lines.ts'
import { toBase64 } from './merkle/hash.ts'
import { consistencyProof, inclusionProof } from './merkle/proof.ts'
import type { AuditStore } from './store.ts'

/** Entries in one piece of an export. */
const PIECE = 256

/** The whole record up to a checkpoint: its entries, with every checkpoint where it stood. */
export function* exportWhole(store: AuditStore, key: string, { size }: AuditCheckpoint): Generator<string[], void> {
  yield [lineOf({ type: 'header', format: FORMAT, key, whole: true, size, count: size })]
  let at = 0
  for (let after = 0; ; ) {
    const checkpoints = store.checkpoints(after, PIECE).filter((checkpoint) => checkpoint.size <= size)
    if (checkpoints.length === 0) return
    for (const checkpoint of checkpoints) {
      while (at < checkpoint.size) {
        const end = Math.min(checkpoint.size, at + PIECE)
        yield [...store.texts(at, end), lineOf({ type: 'leaves', hashes: store.leaves(at, end).map(toBase64) })]
        at = end
      }
      yield [lineOf({ type: 'checkpoint', ...checkpoint })]
      after = checkpoint.size
    }
  }
}

/** The entries that pass a filter, each with the proof that it is under the checkpoint. */
export function* exportFiltered(
  store: AuditStore,
  key: string,
  checkpoint: AuditCheckpoint,
  filter: AuditFilter,
): Generator<string[], void> {
  const { size } = checkpoint
  yield [lineOf({ type: 'header', format: FORMAT, key, whole: false, size }), lineOf({ type: 'checkpoint', ...checkpoint })]
  for (let start = 0; ; ) {
    const entries = store.list(filter, { start, end: size }, 'ASC', PIECE)
    if (entries.length === 0) return
    yield entries.flatMap((entry) => provenEntry(store, entry, size))
    start = entries.at(-1)!.position + 1
  }
}

/** One entry and the proof that it is under the checkpoint. @throws OxbowError `audit.notFound` */
export function proveEntry(store: AuditStore, key: string, checkpoint: AuditCheckpoint, position: number): string[] {
  const entry = position < checkpoint.size ? store.entry(position) : undefined
  if (!entry) throw notFound(position)
  const { size } = checkpoint
  return [
    lineOf({ type: 'header', format: FORMAT, key, whole: false, size, count: 1 }),
    lineOf({ type: 'checkpoint', ...checkpoint }),
    ...provenEntry(store, entry, size),
  ]
}

/** That the record only grew since it had `from` entries. @throws OxbowError `audit.notFound` */
export function proveGrowth(store: AuditStore, key: string, checkpoint: AuditCheckpoint, from: number): string[] {
  const { size } = checkpoint
  if (from < 1 || from > size)
    throw new OxbowError(
      'BAD_REQUEST',
      'audit.size',
      `the record has ${size} entries, never ${from}`,
      `Give a size from 1 to ${size}.`,
    )
  return [
    lineOf({ type: 'header', format: FORMAT, key, whole: false, size, count: 0 }),
    lineOf({ type: 'checkpoint', ...checkpoint }),
    lineOf({
      type: 'consistency',
      from,
      root: toBase64(store.rootOf(0, from)),
      size,
      hashes: consistencyProof(from, size, store.rootOf).map(toBase64),
    }),
  ]
}

export const notFound = (position: number): OxbowError =>
  new OxbowError('NOT_FOUND', 'audit.notFound', `there is no entry ${position}`, 'See `oxbow audit list` for what there is.')

function provenEntry(store: AuditStore, entry: AuditEntry, size: number): string[] {
  const { position } = entry
  const hashes = inclusionProof(position, size, store.rootOf).map(toBase64)
  return [...store.texts(position, position + 1), lineOf({ type: 'inclusion', position, size, hashes })]
}
