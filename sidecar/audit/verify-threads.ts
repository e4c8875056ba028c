import type { AuditCheckpoint } from '../contract/index.ts'
import type { Judge } from './judge.ts'
import { fromBase64, type Hash } from './merkle/hash.ts'
import type { AuditStore } from './store.ts'
import { Hashers } from './threads/hashers.ts'
import type { Job, Measured } from './threads/protocol.ts'

/** Entries of one job, about; and the most without a root of their own. */
const PER_JOB = 4096

/**
 * Judges a record from its beginning as far as all is well, with its entries hashed in threads. Where something is not, it
 * stops before: what and where it is, is for who looks at each entry.
 * @param good checkpoints whose signatures hold
 * @param size of the record
 * @param worker file of the threads; absent: the usual one
 */
export async function verifyInThreads(
  store: AuditStore,
  judge: Judge,
  good: readonly AuditCheckpoint[],
  size: number,
  worker: string | undefined,
): Promise<void> {
  const signed = new Map<number, Hash>()
  for (const checkpoint of good) if (checkpoint.size <= size) signed.set(checkpoint.size, fromBase64(checkpoint.root)!)
  const sealed = store.sealed.list().map((seal) => seal.size)
  const hashers = await Hashers.open(store.place, worker)
  try {
    const wanted = [...signed.keys(), ...judge.witnessed, ...sealed, size].filter((cut) => cut > 0 && cut <= size)
    for await (const { job, measured } of hashers.measure(jobsOf(wanted, new Set(sealed)))) {
      if (!fitsSegment(store, judge, job, measured)) return
      if (!measured.stretches || !judge.take(job.start, measured.stretches, signed)) return
    }
  } finally {
    await hashers.close()
  }
}

/** Parts the record at the sizes at which something is to be compared; a sealed segment begins with a job. */
function* jobsOf(wanted: readonly number[], sealed: ReadonlySet<number>): Generator<Job> {
  let start = 0
  let last = 0
  let cuts: number[] = []
  for (const cut of [...new Set(wanted)].sort((a, b) => a - b))
    while (last < cut) {
      last = Math.min(cut, last + PER_JOB)
      cuts.push(last)
      if (last - start < PER_JOB && !sealed.has(last)) continue
      yield { start, cuts }
      start = last
      cuts = []
    }
  if (cuts.length > 0) yield { start, cuts }
}

/** What a segment proves itself with is not hashed: it is compared. */
function fitsSegment(store: AuditStore, judge: Judge, { start }: Job, { segment }: Measured): boolean {
  const seal = store.sealed.over(start)
  if (seal?.from !== start) return true
  return segment?.note === store.checkpointUpTo(seal.size)?.note && segment?.peaks.join('') === judge.peaks.join('')
}
