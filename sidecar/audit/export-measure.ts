import type { Block } from './export-blocks.ts'
import { CHECKPOINT, LEAVES } from './lines.ts'
import type { Lanes, Stretch } from './merkle/lanes.ts'
import { STRIDE } from './store.ts'

/** Bytes of a hash. */
const HASH = 32

/**
 * Hashes the entries of a block byte by byte, and compares them with the hashes that stand behind them.
 * @returns undefined where anything is not as it should be, and must be looked at with care
 */
export function measureBlock(lanes: Lanes, { start, end, cuts, bytes }: Block): Stretch[] | undefined {
  if (cuts.length === 0) return undefined
  const found = lanes.leaves(bytes)
  if (found?.leaves.length !== (end - start) * HASH) return undefined
  let told = 0
  for (const { line, before } of found.others)
    if (line.startsWith(LEAVES)) {
      if (line !== leavesLine(found.leaves.subarray(told * HASH, before * HASH))) return undefined
      told = before
    } else if (!line.startsWith(CHECKPOINT)) return undefined
  return lanes.stretches(start, found.leaves, cuts, STRIDE)
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
