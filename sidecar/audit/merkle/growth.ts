import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/**
 * A tree that only grows, held by its peaks: the roots of the complete subtrees that its size is the sum of, largest
 * first. Appending costs O(log n) at worst and two hashes on average; no leaf is kept.
 */
export class Growth {
  #size: number
  readonly #peaks: Hash[]

  constructor(size = 0, peaks: readonly Hash[] = []) {
    this.#size = size
    this.#peaks = [...peaks]
  }

  get size(): number {
    return this.#size
  }

  get peaks(): readonly Hash[] {
    return this.#peaks
  }

  /** @param complete told each subtree that this leaf completed: its height (leaves are 0), its place among those of that height */
  append(leaf: Hash, complete?: (height: number, position: number, root: Hash) => void): void {
    let root = leaf
    let height = 0
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      root = nodeHash(this.#peaks.pop()!, root)
      height++
      complete?.(height, (size - 1) / 2, root)
    }
    this.#peaks.push(root)
    this.#size++
  }

  /** The root of the whole (RFC 9162 §2.1.1). */
  root(): Hash {
    const last = this.#peaks.at(-1)
    if (last === undefined) return EMPTY_ROOT
    return this.#peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
  }

  clone(): Growth {
    return new Growth(this.#size, this.#peaks)
  }
}

/** How many peaks a tree of this size has: the ones in its binary form. */
export function peakCount(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
