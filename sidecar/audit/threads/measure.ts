import type { Db } from '../../foundation/index.ts'
import { CHECKPOINT, LEAVES } from '../lines.ts'
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
  const found = lanes.leaves(lines)
  const whole = found?.leaves.length === (end - start) * HASH && found.others.length === 0
  if (!whole || !found.leaves.equals(kept)) return NOT_AS_IT_SHOULD_BE
  if (segment && segment.texts.length !== segment.size - segment.from) return NOT_AS_IT_SHOULD_BE
  return {
    stretches: lanes.stretches(start, found.leaves, cuts, STRIDE),
    ...(segment && { segment: { peaks: segment.peaks, note: segment.checkpoint.note } }),
  }
}

/** Hashes the entries of a piece of an export byte by byte, and compares them with the hashes that stand behind them. */
export function measureLines(lanes: Lanes, { start, cuts, lines }: Job & { lines: Uint8Array }): Measured {
  const found = lanes.leaves(Buffer.from(lines.buffer, lines.byteOffset, lines.length))
  if (found?.leaves.length !== ((cuts.at(-1) ?? start) - start) * HASH) return NOT_AS_IT_SHOULD_BE
  let told = 0
  for (const { line, before } of found.others)
    if (line.startsWith(LEAVES)) {
      if (line !== leavesLine(found.leaves.subarray(told * HASH, before * HASH))) return NOT_AS_IT_SHOULD_BE
      told = before
    } else if (!line.startsWith(CHECKPOINT)) return NOT_AS_IT_SHOULD_BE
  return { stretches: lanes.stretches(start, found.leaves, cuts, STRIDE) }
}

/** The line that an export has behind these leaves. */
function leavesLine(leaves: Buffer): string {
  const count = leaves.length / HASH
  // Encoded at once, with a byte more for each: it fills the sign that is `=` where a hash stands alone.
  const spaced = Buffer.alloc(count * (HASH + 1))
  for (let at = 0; at < count; at++) leaves.copy(spaced, at * (HASH + 1), at * HASH, at * HASH + HASH)
  const encoded = spaced.toString('base64')
  const hashes = Array.from({ length: count }, (_, at) => `"${encoded.slice(at * 44, at * 44 + 43)}="`)
  return `${LEAVES}"hashes":[${hashes.join(',')}]}`
}
