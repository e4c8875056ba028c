import { type Hash, nodeHash } from './hash.ts'

/** The root over leaves `start` to `end` (exclusive). Asked for complete subtrees and for the tree's right edge. */
export type RootOf = (start: number, end: number) => Hash

/** The hashes beside the way from a leaf to the root (RFC 9162 §2.1.3.1). `0 <= index < size` */
export function inclusionProof(index: number, size: number, rootOf: RootOf): Hash[] {
  const proof: Hash[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + largestPower(end - start)
    if (index < middle) {
      proof.push(rootOf(middle, end))
      end = middle
    } else {
      proof.push(rootOf(start, middle))
      start = middle
    }
  }
  return proof.reverse()
}

/** That a tree of `size` begins with the one of `from` (RFC 9162 §2.1.4.1). `0 < from <= size` */
export function consistencyProof(from: number, size: number, rootOf: RootOf): Hash[] {
  const proof: Hash[] = []
  let start = 0
  let end = size
  let whole = true
  while (from !== end) {
    const middle = start + largestPower(end - start)
    if (from <= middle) {
      proof.push(rootOf(middle, end))
      end = middle
    } else {
      proof.push(rootOf(start, middle))
      start = middle
      whole = false
    }
  }
  if (!whole) proof.push(rootOf(start, end))
  return proof.reverse()
}

/** Whether the proof shows `leaf` at `index` of the tree (RFC 9162 §2.1.3.2). */
export function provesInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean {
  if (!isPlace(index) || !isPlace(size) || index >= size || ![leaf, root, ...proof].every(isHash)) return false
  return rootFromPath(leaf, index, size - 1, proof) === root
}

/** Whether the proof shows that the second tree begins with the first (RFC 9162 §2.1.4.2). */
export function provesConsistency(from: number, size: number, first: Hash, second: Hash, proof: readonly Hash[]): boolean {
  if (!isPlace(from) || !isPlace(size) || from === 0 || from > size) return false
  if (from === size) return proof.length === 0 && first === second
  if (![first, second, ...proof].every(isHash)) return false
  const path = isPowerOfTwo(from) ? [first, ...proof] : [...proof]
  let [firstRoot, secondRoot] = [path[0], path[0]]
  if (firstRoot === undefined || secondRoot === undefined) return false
  let [index, last] = [from - 1, size - 1]
  while (index % 2 === 1) [index, last] = [half(index), half(last)]
  for (const hash of path.slice(1)) {
    if (last === 0) return false
    if (index % 2 === 1 || index === last) {
      firstRoot = nodeHash(hash, firstRoot)
      secondRoot = nodeHash(hash, secondRoot)
      while (index !== 0 && index % 2 === 0) [index, last] = [half(index), half(last)]
    } else secondRoot = nodeHash(secondRoot, hash)
    ;[index, last] = [half(index), half(last)]
  }
  return last === 0 && firstRoot === first && secondRoot === second
}

/** Follows a path upwards. @returns undefined where it is too long or too short for the tree */
function rootFromPath(leaf: Hash, at: number, lastIndex: number, proof: readonly Hash[]): Hash | undefined {
  let [index, last, root] = [at, lastIndex, leaf]
  for (const hash of proof) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      root = nodeHash(hash, root)
      while (index !== 0 && index % 2 === 0) [index, last] = [half(index), half(last)]
    } else root = nodeHash(root, hash)
    ;[index, last] = [half(index), half(last)]
  }
  return last === 0 ? root : undefined
}

/** The largest power of two smaller than a size above 1. */
export function largestPower(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

const isHash = (hash: Hash): boolean => hash.length === 32
const isPlace = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isPowerOfTwo = (value: number): boolean => largestPower(value + 1) === value
/** Places pass 2^31, where bit operations end. */
const half = (value: number): number => Math.floor(value / 2)
