import type { AuditCheckpoint, AuditFault } from '../contract/index.ts'
import { openCheckpoint } from './checkpoint.ts'
import { type Complete, Growth } from './merkle/growth.ts'
import { fromBase64, type Hash, leafHash } from './merkle/hash.ts'
import type { Stretch } from './merkle/lanes.ts'
import type { NoteVerifier } from './note.ts'

/** Faults that are told; a broken record has many. */
const MOST_FAULTS = 20

/** Entries between two signed roots. */
export interface Block {
  texts: readonly string[]
  /** Their hashes, where the texts were sealed and are not here. */
  hashes?: readonly Hash[] | undefined
  /** The leaf hashes that were kept beside the entries, where there are any: they say which entry was changed. */
  leaves(): readonly Hash[] | undefined
  /** The root that was signed over all entries up to the end of this block. */
  signed?: { root: Hash; at: string } | undefined
}

/** Builds the tree anew from the entries, and compares it with each root that was signed. */
export class Judge {
  readonly faults: AuditFault[] = []
  /** Entries that a signed root was right about. */
  signed = 0
  /** Nothing more can be told: from here on all roots differ. */
  lost = false
  readonly #witnessed: ReadonlyMap<number, AuditCheckpoint[]>
  readonly #witnessSizes: readonly number[]
  readonly #complete: Complete | undefined
  #tree = new Growth()
  /** Where the last root stood that was right. */
  #firm = 0

  /**
   * @param witnesses checkpoints that were kept apart from the record
   * @param complete told each complete subtree; told again where a hash had to be mended
   */
  constructor(witnesses: readonly AuditCheckpoint[], complete?: Complete) {
    this.#witnessed = Map.groupBy(witnesses, ({ size }) => size)
    this.#witnessSizes = [...this.#witnessed.keys()].sort((a, b) => a - b)
    this.#complete = complete
  }

  get size(): number {
    return this.#tree.size
  }

  get peaks(): readonly Hash[] {
    return this.#tree.peaks
  }

  root(): Hash {
    return this.#tree.root()
  }

  fault(code: string, message: string, position?: number): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ code, message, ...(position !== undefined && { position }) })
  }

  /** @param what the checkpoints are: `the checkpoint`. @param name of the key that should have signed them */
  forged(checkpoints: readonly AuditCheckpoint[], what: string, name: string): void {
    for (const { size, at } of checkpoints)
      this.fault('checkpoint.forged', `${what} over ${size} entries, dated ${at}, was not signed by the key ${name}`, size)
  }

  /** Sizes of the tree of which a witness holds a root, rising. */
  get witnessed(): readonly number[] {
    return this.#witnessSizes
  }

  /**
   * Takes entries over that were hashed elsewhere and have the hashes that were kept: all of them or none.
   * @param signed the roots that were signed, by the sizes at which stretches end
   * @returns false where they do not follow on what is here, or lead to another root: then each must be looked at
   */
  take(start: number, stretches: readonly Stretch[], signed: ReadonlyMap<number, Hash>): boolean {
    if (this.lost || start !== this.size) return false
    const tree = this.#tree.clone()
    const compared: { size: number; root: Hash }[] = []
    let firm = this.#firm
    for (const { end, subtrees, inner } of stretches) {
      for (const { height, position, root } of inner) this.#complete?.(height, position, root)
      for (const subtree of subtrees) tree.graft(subtree, this.#complete)
      const root = signed.get(end)
      if (tree.size !== end || (root !== undefined && tree.root() !== root)) return false
      if (root !== undefined) firm = end
      if (this.#witnessed.has(end)) compared.push({ size: end, root: tree.root() })
    }
    this.#tree = tree
    if (firm > this.#firm) this.signed = firm
    this.#firm = firm
    for (const one of compared) this.#compareWitnesses(one)
    return true
  }

  block(block: Block): void {
    const { texts, hashes, leaves, signed } = block
    const start = this.size
    const end = start + (hashes ?? texts).length
    const cut = this.#witnessSizes.find((size) => size > start && size < end)
    if (cut === undefined) {
      this.#judge(block)
      return
    }
    const at = cut - start
    this.#judge({ texts: texts.slice(0, at), hashes: hashes?.slice(0, at), leaves: () => leaves()?.slice(0, at) })
    if (!this.lost) this.block({ texts: texts.slice(at), hashes: hashes?.slice(at), leaves: () => leaves()?.slice(at), signed })
  }

  #judge({ texts, hashes: given, leaves, signed }: Block): void {
    const start = this.size
    const hashes = given ?? texts.map(leafHash)
    const kept = given ? undefined : leaves()
    const changed = kept?.length === hashes.length ? hashes.flatMap((hash, at) => (hash === kept[at] ? [] : [at])) : []
    let tree = this.#grown(hashes)
    if (signed && tree.root() === signed.root) for (const at of changed) this.#hashChanged(start + at)
    else {
      if (kept && changed.length > 0) {
        const mended = this.#grown(kept)
        if (!signed || mended.root() === signed.root) {
          for (const at of changed) this.#changed(start + at, texts[at]!)
          tree = mended
        }
      }
      if (signed && tree.root() !== signed.root) {
        this.#differs(start, texts, start + hashes.length, signed.at)
        return
      }
    }
    this.#tree = tree
    if (signed) {
      this.signed = tree.size
      this.#firm = tree.size
    }
    this.#compareWitnesses({ size: tree.size, root: tree.root() })
  }

  #hashChanged(place: number): void {
    this.fault('hash.changed', `the hash that is kept of entry ${place} was changed; the entry is as it was signed`, place)
  }

  #changed(place: number, text: string): void {
    const says = positionIn(text)
    if (says === undefined || says === place)
      this.fault('entry.changed', `entry ${place} was changed: it does not have the hash it had when it was signed`, place)
    else this.#moved(place, says)
  }

  #moved(place: number, says: number): void {
    this.fault(
      'entry.moved',
      `at place ${place} stands what was entry ${says}: entries were removed or put in another order`,
      place,
    )
  }

  /** No reading of the entries has the root that was signed. */
  #differs(start: number, texts: readonly string[], end: number, at: string): void {
    this.lost = true
    const moved = texts.findIndex((text, index) => positionIn(text) !== start + index)
    const says = moved === -1 ? undefined : positionIn(texts[moved]!)
    if (says !== undefined) {
      this.#moved(start + moved, says)
      return
    }
    const from = this.#firm
    this.fault(
      'entries.rewritten',
      `the entries ${from} to ${end - 1} do not have the root that was signed at ${at}: at least one of them was changed, with its hash`,
      from,
    )
  }

  #compareWitnesses({ size, root }: { size: number; root: Hash }): void {
    for (const witness of this.#witnessed.get(size) ?? [])
      if (fromBase64(witness.root) !== root)
        this.fault(
          'witness.differs',
          `a witness holds another root for the first ${size} entries, signed at ${witness.at}: the record was written anew since`,
          size,
        )
  }

  /** After the last entry: what a witness has seen and is not there. */
  compareLength(): void {
    const beyond = this.#witnessSizes.at(-1)
    if (beyond === undefined || beyond <= this.size || this.lost) return
    const at = this.#witnessed.get(beyond)?.[0]?.at
    this.fault(
      'record.rolledBack',
      `a witness holds a checkpoint over ${beyond} entries, signed at ${at}, but the record ends after ${this.size}: it was rolled back to an older state`,
      this.size,
    )
  }

  #grown(hashes: readonly Hash[]): Growth {
    const tree = this.#tree.clone()
    for (const hash of hashes) tree.append(hash, this.#complete)
    return tree
  }
}

/** The place an entry was written for, as it says itself. */
function positionIn(text: string): number | undefined {
  try {
    const { position } = JSON.parse(text) as { position?: unknown }
    return typeof position === 'number' ? position : undefined
  } catch {
    return undefined
  }
}

/** Parts checkpoints into those that the key signed and those that it did not. */
export function trusted(
  checkpoints: readonly AuditCheckpoint[],
  verifier: NoteVerifier,
): { good: AuditCheckpoint[]; forged: AuditCheckpoint[] } {
  const good: AuditCheckpoint[] = []
  const forged: AuditCheckpoint[] = []
  for (const checkpoint of checkpoints) {
    const { size, root, at, note } = checkpoint
    const opened = openCheckpoint(verifier, note)
    const fits = opened?.size === size && opened.root === fromBase64(root) && opened.at === at
    ;(fits ? good : forged).push(checkpoint)
  }
  return { good, forged }
}
