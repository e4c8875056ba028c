import type { AuditCheckpoint, AuditReport } from '../contract/index.ts'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { openCheckpoint } from './checkpoint.ts'
import { type ExportLine, FORMAT, TYPED } from './export.ts'
import { Judge, trusted } from './judge.ts'
import { fromBase64, type Hash, leafHash, toBase64 } from './merkle/hash.ts'
import { provesConsistency, provesInclusion } from './merkle/proof.ts'
import { type NoteVerifier, noteVerifier } from './note.ts'

export interface ExportVerifyOptions {
  /** The key that must have signed it; without one, the key that the export names is believed, and the report says so. */
  key?: string | undefined
  /** Checkpoints that were kept apart from the record. */
  witnesses: readonly AuditCheckpoint[]
  clock: Clock
}

/** Lines in pieces of any length: waiting for each line would take longer than judging it. */
type Pieces = AsyncIterable<readonly string[]> | Iterable<readonly string[]>

/**
 * Verifies an export by itself: no home and no sidecar is needed.
 * @throws OxbowError `audit.noExport` where the text is something else
 */
export async function verifyExport(pieces: Pieces, { key, witnesses, clock }: ExportVerifyOptions): Promise<AuditReport> {
  const began = clock.ms()
  let check: ExportCheck | undefined
  let number = 0
  for await (const lines of pieces)
    for (const line of lines) {
      number++
      if (check) check.line(line, number)
      else check = begin(line, key, witnesses)
    }
  if (!check) throw noExport('it is empty')
  return { ...check.end(), durationMs: clock.ms() - began }
}

function begin(line: string, wanted: string | undefined, witnesses: readonly AuditCheckpoint[]): ExportCheck {
  const header = typed(line)
  if (header?.type !== 'header') throw noExport('its first line is no header')
  if (header.format !== FORMAT) throw noExport(`its format is "${header.format}", and this Oxbow reads ${FORMAT}`)
  const verifier = noteVerifier(wanted ?? header.key)
  if (!verifier)
    throw wanted === undefined
      ? noExport('the key in its header is none')
      : new OxbowError(
          'BAD_REQUEST',
          'audit.key',
          `"${wanted}" is no key of an audit record`,
          'Take it from `oxbow audit verify`.',
        )
  return new ExportCheck(header, verifier, wanted, witnesses)
}

class ExportCheck {
  readonly #header: Extract<ExportLine, { type: 'header' }>
  readonly #verifier: NoteVerifier
  readonly #wanted: string | undefined
  readonly #judge: Judge
  #texts: string[] = []
  /** In base64: they are only looked at where something was changed. */
  #leaves: string[] = []
  #entries = 0
  #checkpoints = 0
  /** The checkpoint that proofs lead to. */
  #newest: { size: number; root: Hash } | undefined
  #proven = 0
  /** An entry whose proof must follow. */
  #open: string | undefined
  #grew = false

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

  line(text: string, number: number): void {
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
    judge.block({ texts, leaves: () => decoded(leaves, texts.length), signed })
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
    else if (this.#entries === 0 && !this.#grew && this.#header.count !== undefined)
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
    this.#grew = true
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

function typed(text: string): ExportLine | undefined {
  try {
    return JSON.parse(text) as ExportLine
  } catch {
    return undefined
  }
}

const noExport = (why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'audit.noExport',
    `this is no export of an audit record: ${why}`,
    'Make one with `oxbow audit export FILE`.',
  )
