import type { PlacedSubtree, Subtree } from './growth.ts'
import { fromBytes, type Hash } from './hash.ts'
import { LANES_MODULE } from './lanes-module.ts'

const NEWLINE = 0x0a
const HASH = 32

/** Consecutive leaves as what they are to the tree around them: its largest complete subtrees within them, from left to right. */
export interface Stretch {
  /** The size of the tree that the last of these leaves ends. */
  end: number
  subtrees: Subtree[]
  /** Complete subtrees within it, of the heights that were asked for. */
  inner: PlacedSubtree[]
}

/** A line that is no entry, and how many entries come before it. */
export interface OtherLine {
  line: string
  before: number
}

interface Exports {
  memory: WebAssembly.Memory
  inputAt(): number
  inputSize(): number
  hashesAt(): number
  othersAt(): number
  otherCount(): number
  treeAt(): number
  treeSize(): number
  hashLines(length: number): number
  hashPairs(count: number): void
}

let compiled: WebAssembly.Module | undefined

/** Kept for all threads of the process: its code gets faster with use, and they share it. */
export function lanesModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Buffer.from(LANES_MODULE, 'base64'))
  return compiled
}

/** Hashes many entries at once, in the lanes of the processor's vectors: a third of the time that one by one takes. */
export class Lanes {
  readonly #wasm: Exports
  readonly #memory: Buffer
  readonly #tree: Buffer

  constructor(module = lanesModule()) {
    this.#wasm = new WebAssembly.Instance(module).exports as unknown as Exports
    this.#memory = Buffer.from(this.#wasm.memory.buffer)
    this.#tree = this.#part(this.#wasm.treeAt(), this.#wasm.treeSize() * HASH)
  }

  /**
   * Hashes lines that are entries as leaves.
   * @returns their hashes one behind the other, and the other lines; undefined where a line is too long for this
   */
  leaves(lines: Buffer): { leaves: Buffer; others: OtherLine[] } | undefined {
    const room = this.#wasm.inputSize() - 1
    const parts: Buffer[] = []
    const others: OtherLine[] = []
    let entries = 0
    for (let from = 0; from < lines.length; ) {
      const to = lines.length - from <= room ? lines.length : lines.lastIndexOf(NEWLINE, from + room - 1) + 1
      if (to <= from) return undefined
      lines.copy(this.#memory, this.#wasm.inputAt() + 1, from, to)
      const count = this.#wasm.hashLines(to - from + 1)
      if (count < 0) return undefined
      for (const other of this.#others()) others.push({ ...other, before: entries + other.before })
      parts.push(Buffer.from(this.#part(this.#wasm.hashesAt(), count * HASH)))
      entries += count
      from = to
    }
    return { leaves: Buffer.concat(parts), others }
  }

  /**
   * @param start place of the first of these leaves
   * @param leaves their hashes, one behind the other
   * @param cuts sizes of the tree, rising, at which a stretch must end
   * @param every heights that are told in `inner`: multiples of this
   */
  stretches(start: number, leaves: Buffer, cuts: readonly number[], every: number): Stretch[] {
    const found: Stretch[] = []
    const most = this.#wasm.treeSize()
    let from = start
    for (const cut of cuts)
      while (from < cut) {
        const end = Math.min(cut, from + most)
        leaves.copy(this.#tree, 0, (from - start) * HASH, (end - start) * HASH)
        found.push(this.#stretch(from, end, every))
        from = end
      }
    return found
  }

  /** Goes up level by level; at both ends stays what has no sibling here. */
  #stretch(start: number, end: number, every: number): Stretch {
    const left: Subtree[] = []
    const right: Subtree[] = []
    const inner: PlacedSubtree[] = []
    let [from, to] = [start, end]
    for (let height = 0; from < to; height++) {
      if (height > 0 && height % every === 0)
        for (let position = from; position < to; position++) inner.push({ height, position, root: this.#node(position - from) })
      if (to % 2 === 1) right.push({ height, root: this.#node(--to - from) })
      if (from % 2 === 1 && from < to) {
        left.push({ height, root: this.#node(0) })
        this.#tree.copyWithin(0, HASH, (to - from) * HASH)
        from++
      }
      this.#wasm.hashPairs((to - from) / 2)
      from = Math.ceil(from / 2)
      to /= 2
    }
    return { end, subtrees: [...left, ...right.reverse()], inner }
  }

  #node(at: number): Hash {
    return fromBytes(this.#tree.subarray(at * HASH, at * HASH + HASH))
  }

  *#others(): Generator<OtherLine> {
    const count = this.#wasm.otherCount()
    const table = new Uint32Array(this.#wasm.memory.buffer, this.#wasm.othersAt(), count * 3)
    for (let at = 0; at < count * 3; at += 3) {
      const [from, to, before] = table.subarray(at, at + 3) as unknown as [number, number, number]
      const place = this.#wasm.inputAt()
      yield { line: this.#memory.toString('latin1', place + from, place + to), before }
    }
  }

  #part(at: number, length: number): Buffer {
    return this.#memory.subarray(at, at + length)
  }
}
