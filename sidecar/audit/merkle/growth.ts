import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** Told of each complete subtree: its height (leaves are 0), and its place among those of that height. */
export type Complete = (height: number, position: number, root: Hash) => void

/** A complete subtree of `2 ** height` leaves. */
export interface Subtree {
  height: number
  root: Hash
}

/** A complete subtree with its place among those of its height. */
export interface PlacedSubtree extends Subtree {
  position: number
}

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

  /** @param complete told of each subtree that this leaf completed */
  append(leaf: Hash, complete?: Complete): void {
    this.graft({ height: 0, root: leaf }, complete)
  }

  /** Appends a complete subtree. @throws RangeError where none of its height can stand next */
  graft(subtree: Subtree, complete?: Complete): void {
    const width = 2 ** subtree.height
    if (this.#size % width !== 0) throw new RangeError(`no subtree of ${width} leaves can begin at ${this.#size}`)
    let { root, height } = subtree
    for (let before = this.#size / width; before % 2 === 1; before = (before - 1) / 2) {
      root = nodeHash(this.#peaks.pop()!, root)
      height++
      complete?.(height, (before - 1) / 2, root)
    }
    this.#peaks.push(root)
    this.#size += width
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
