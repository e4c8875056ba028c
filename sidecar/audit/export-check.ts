import { isUtf8 } from 'node:buffer'
import type { AuditCheckpoint, AuditReport } from '../contract/index.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { Block } from './export-blocks.ts'
import { Judge, trusted } from './judge.ts'
import { type ExportLine, NEWLINE, TYPED, typed } from './lines.ts'
import { fromBase64, type Hash, leafHash, toBase64 } from './merkle/hash.ts'
import type { Stretch } from './merkle/lanes.ts'
import { provesConsistency, provesInclusion } from './merkle/proof.ts'
import type { NoteVerifier } from './note.ts'

/** Judges the lines of one export, in their order. */
export class ExportCheck {
  readonly #header: Extract<ExportLine, { type: 'header' }>
  readonly #verifier: NoteVerifier
  readonly #wanted: string | undefined
  readonly #judge: Judge
  #texts: string[] = []
  /** In base64: they are only looked at where something was changed. */
  #leaves: string[] = []
  #entries = 0
  /** Lines that were judged; the header is the first. */
  #lineCount = 1
  #checkpoints = 0
  /** The checkpoint that proofs lead to. */
  #newest: { size: number; root: Hash } | undefined
  #proven = 0
  /** An entry whose proof must follow. */
  #open: string | undefined
  /** The size that the record is proven to have grown from. */
  #grewFrom: number | undefined

  constructor(
    header: Extract<ExportLine, { type: 'header' }>,
    verifier: NoteVerifier,
    wanted: string | undefined,
    witnesses: readonly AuditCheckpoint[],
  ) {
    this.#header = header
    this.#verifier = verifier
    this.#wanted = wanted
    const { good, forged } = trusted(witnesses, verifier)
    this.#judge = new Judge(good)
    this.#judge.forged(forged, "a witness' checkpoint", verifier.name)
    this.#witnesses = good
    if (wanted !== undefined && wanted.trim() !== header.key)
      this.#judge.fault('key.differs', `the export names the key ${header.key}, not the one that was asked for`)
  }

  readonly #witnesses: readonly AuditCheckpoint[]

  /** Whether it claims to be a whole record. */
  get whole(): boolean {
    return this.#header.whole
  }

  /** Sizes of the tree of which a witness holds a root. */
  get witnessed(): readonly number[] {
    return this.#judge.witnessed
  }

  /** Takes a whole block over that was hashed elsewhere. @returns false where each of its lines must be looked at */
  take({ start, end, lineCount, checkpoints }: Block, stretches: readonly Stretch[]): boolean {
    if (!this.#header.whole || this.#texts.length > 0) return false
    const signed = new Map<number, Hash>()
    for (const checkpoint of checkpoints) {
      const opened = openCheckpoint(this.#verifier, checkpoint.note)
      const fits = opened?.size === checkpoint.size && opened.at === checkpoint.at && toBase64(opened.root) === checkpoint.root
      if (!fits) return false
      signed.set(opened.size, opened.root)
    }
    if (!signed.has(end) || !this.#judge.take(start, stretches, signed)) return false
    this.#entries += end - start
    this.#checkpoints += checkpoints.length
    this.#lineCount += lineCount
    return true
  }

  /** Looks at each of some lines. */
  lines(bytes: Buffer): void {
    const readable = isUtf8(bytes)
    for (let from = 0; from < bytes.length; ) {
      const next = bytes.indexOf(NEWLINE, from)
      const to = next === -1 ? bytes.length : next
      this.#lineCount++
      // Whoever reads it as text would not see them.
      if (!readable && !isUtf8(bytes.subarray(from, to)))
        this.#judge.fault('export.line', `line ${this.#lineCount} holds bytes that are no text`)
      this.#line(bytes.toString('utf8', from, to), this.#lineCount)
      from = to + 1
    }
  }

  #line(text: string, number: number): void {
    if (!text.startsWith(TYPED)) {
      this.#entry(text)
      return
    }
    const parsed = typed(text)
    switch (parsed?.type) {
      case 'leaves':
        this.#leaves.push(...parsed.hashes)
        break
      case 'checkpoint':
        this.#checkpoint(parsed)
        break
      case 'inclusion':
        this.#inclusion(parsed)
        break
      case 'consistency':
        this.#consistency(parsed)
        break
      default:
        this.#judge.fault('export.line', `line ${number} is nothing that an export holds`)
    }
  }

  end(): Omit<AuditReport, 'durationMs'> {
    const { whole, size, count, key } = this.#header
    const judge = this.#judge
    if (whole) this.#endWhole(size)
    else this.#endPart()
    if (count !== undefined && this.#entries !== count)
      judge.fault(
        'export.truncated',
        `the export says that it holds ${count} entries, but ${this.#entries} are there`,
        this.#entries,
      )
    return {
      ok: judge.faults.length === 0,
      entries: this.#entries,
      size,
      checkpoints: this.#checkpoints,
      signed: whole ? judge.signed : this.#proven,
      ...(this.#grewFrom !== undefined && { grewFrom: this.#grewFrom }),
      key,
      keyKnown: this.#wanted !== undefined,
      faults: judge.faults,
    }
  }

  #entry(text: string): void {
    this.#entries++
    if (this.#header.whole) this.#texts.push(text)
    else {
      this.#unproven()
      this.#open = text
    }
  }

  #checkpoint(checkpoint: AuditCheckpoint): void {
    this.#checkpoints++
    const { good, forged } = trusted([checkpoint], this.#verifier)
    this.#judge.forged(forged, 'the checkpoint', this.#verifier.name)
    const [signed] = good
    const opened = signed && openCheckpoint(this.#verifier, signed.note)
    if (!opened) return
    if (this.#header.whole) this.#judgeBlock(opened)
    else this.#newest = opened
  }

  #judgeBlock(signed: { size: number; root: Hash; at: string }): void {
    const judge = this.#judge
    if (judge.lost) return
    const texts = this.#texts
    const leaves = this.#leaves
    const end = judge.size + texts.length
    if (signed.size !== end) {
      judge.lost = true
      const place = misplaced(texts, judge.size)
      if (place !== undefined) judge.fault('entry.missing', `entry ${place} is missing, or entries stand in another order`, place)
      else
        judge.fault(
          'export.checkpoint',
          `a checkpoint over ${signed.size} entries stands after ${end}: entries were removed or added`,
          end,
        )
      return
    }
    this.#texts = []
    this.#leaves = []
    const start = judge.size
    const kept = decoded(leaves, texts.length)
    judge.block({ texts, leaves: () => kept, signed })
    if (leaves.length > 0 && !kept)
      judge.fault('hash.changed', `the hashes that are kept of the entries ${start} to ${end - 1} are none, or not theirs`, start)
  }

  #endWhole(size: number): void {
    const judge = this.#judge
    if (judge.lost) return
    if (this.#texts.length > 0 || judge.size < size)
      judge.fault(
        'export.truncated',
        `the export should end with a checkpoint over ${size} entries; the last one that is there covers ${judge.size}`,
        judge.size,
      )
    judge.compareLength()
  }

  #endPart(): void {
    this.#unproven()
    if (!this.#newest) this.#judge.fault('export.unsigned', 'the export holds no signed checkpoint: it proves nothing')
    else if (this.#newest.size !== this.#header.size)
      this.#judge.fault('export.checkpoint', `the header says ${this.#header.size} entries, the checkpoint ${this.#newest.size}`)
    else if (this.#entries === 0 && this.#grewFrom === undefined && this.#header.count !== undefined)
      this.#judge.fault('export.truncated', 'the proof is missing')
    if (this.#newest) this.#compareWitnesses(this.#newest)
  }

  #unproven(): void {
    if (this.#open !== undefined)
      this.#judge.fault('entry.unproven', `an entry has no proof behind it: ${this.#open.slice(0, 120)}`)
    this.#open = undefined
  }

  #inclusion({ position, size, hashes }: Extract<ExportLine, { type: 'inclusion' }>): void {
    const text = this.#open
    this.#open = undefined
    const proof = hashes.map(fromBase64)
    const root = this.#newest?.size === size ? this.#newest.root : undefined
    const holds =
      text !== undefined &&
      root !== undefined &&
      !proof.includes(undefined) &&
      provesInclusion(leafHash(text), position, size, proof as Hash[], root)
    if (holds) this.#proven++
    else
      this.#judge.fault(
        'entry.changed',
        `entry ${position} is not the one that was signed at this place: it or its proof was changed`,
        position,
      )
  }

  #consistency({ from, root, size, hashes }: Extract<ExportLine, { type: 'consistency' }>): void {
    const proof = hashes.map(fromBase64)
    const first = fromBase64(root)
    const second = this.#newest?.size === size ? this.#newest.root : undefined
    const holds =
      first !== undefined &&
      second !== undefined &&
      !proof.includes(undefined) &&
      provesConsistency(from, size, first, second, proof as Hash[])
    this.#grewFrom = from
    if (!holds) {
      this.#judge.fault(
        'record.inconsistent',
        `the record of ${size} entries does not begin with the one of ${from} entries`,
        from,
      )
      return
    }
    this.#compareWitnesses({ size: from, root: first })
  }

  /** In a part only roots can be compared, not computed. */
  #compareWitnesses({ size, root }: { size: number; root: Hash }): void {
    for (const witness of this.#witnesses)
      if (witness.size === size && witness.root !== toBase64(root))
        this.#judge.fault(
          'witness.differs',
          `a witness holds another root for the first ${size} entries, signed at ${witness.at}`,
          size,
        )
  }
}

function decoded(leaves: readonly string[], count: number): Hash[] | undefined {
  const hashes = leaves.map(fromBase64)
  return hashes.length !== count || hashes.includes(undefined) ? undefined : (hashes as Hash[])
}

/** The first place where an entry says that it belongs elsewhere. */
function misplaced(texts: readonly string[], start: number): number | undefined {
  for (const [at, text] of texts.entries()) {
    const says = /"position":(\d+)/.exec(text)?.[1]
    if (says !== undefined && Number(says) !== start + at) return start + at
  }
  return undefined
}
