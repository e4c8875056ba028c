import type { Db } from '../../foundation/index.ts'
import type { Lanes } from '../merkle/lanes.ts'
import { type AuditStore, STRIDE } from '../store.ts'
import type { Job, Measured } from './protocol.ts'

/** Bytes of a hash. */
const HASH = 32
const NOT_AS_IT_SHOULD_BE: Measured = {}

/** Hashes entries as they stand in the record, and compares each with the hash that was kept. */
export function measureRecord(lanes: Lanes, db: Db, store: AuditStore, { start, cuts }: Job): Measured {
  const end = cuts.at(-1) ?? start
  // One transaction: what is sealed meanwhile would be missing in one of the two.
  const [lines, kept, segment] = db.transaction(() => {
    const seal = store.sealed.over(start)
    const lines = seal ? Buffer.from(store.texts(start, end).join('\n')) : store.joinedTexts(start, end)
    return [lines, store.joinedLeaves(start, end), seal?.from === start ? store.sealed.open(seal) : undefined] as const
  })()
  if (!lines || !kept) return NOT_AS_IT_SHOULD_BE
  const found = lanes.leaves(lines)
  const whole = found?.leaves.length === (end - start) * HASH && found.others.length === 0
  if (!whole || !found.leaves.equals(kept)) return NOT_AS_IT_SHOULD_BE
  if (segment && segment.texts.length !== segment.size - segment.from) return NOT_AS_IT_SHOULD_BE
  return {
    stretches: lanes.stretches(start, found.leaves, cuts, STRIDE),
    ...(segment && { segment: { peaks: segment.peaks, note: segment.checkpoint.note } }),
  }
}
