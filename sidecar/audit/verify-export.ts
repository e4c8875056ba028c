import type { AuditCheckpoint, AuditReport } from '../contract/index.ts'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { BLOCK, type Block, blocksOf } from './export-blocks.ts'
import { ExportCheck } from './export-check.ts'
import { measureBlock } from './export-measure.ts'
import { FORMAT, NEWLINE, typed } from './lines.ts'
import { noteVerifier } from './note.ts'

export interface ExportVerifyOptions {
  /** The key that must have signed it; without one, the key that the export names is believed, and the report says so. */
  key?: string | undefined
  /** Checkpoints that were kept apart from the record. */
  witnesses: readonly AuditCheckpoint[]
  clock: Clock
}

/** Bytes that may come before the end of the header. */
const MOST_HEADER = 65_536

/**
 * Verifies an export by itself: no home and no sidecar is needed. A large one is hashed many entries at once.
 * @param source its bytes, in pieces of any length
 * @throws OxbowError `audit.noExport` where they are something else
 */
export async function verifyExport(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { key, witnesses, clock }: ExportVerifyOptions,
): Promise<AuditReport> {
  const began = clock.ms()
  const { header, rest } = await withoutHeader(source)
  const check = begin(header, key, witnesses)
  const blocks = blocksOf(rest, check.witnessed)
  const first = (await blocks.next()).value
  // A smaller one is judged before what hashes many at once is loaded.
  if (check.whole && first && first.bytes.length >= BLOCK) await checkBlocks(check, withFirst(first, blocks))
  else {
    if (first) check.lines(first.bytes)
    for await (const { bytes } of blocks) check.lines(bytes)
  }
  return { ...check.end(), durationMs: clock.ms() - began }
}

/** What is found as it was signed is taken over; all else is looked at line by line. */
async function checkBlocks(check: ExportCheck, blocks: AsyncIterable<Block>): Promise<void> {
  // Not before it is needed: a start must not load it.
  const { Lanes } = await import('./merkle/lanes.ts')
  const lanes = new Lanes()
  for await (const block of blocks) {
    const stretches = measureBlock(lanes, block)
    if (!stretches || !check.take(block, stretches)) check.lines(block.bytes)
  }
}

/** The first line of an export, and what stands behind it. @throws OxbowError `audit.noExport` */
async function withoutHeader(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const chunks = chunksOf(source)
  let read = Buffer.alloc(0)
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    read = Buffer.concat([read, next.value])
    if (read.includes(NEWLINE) || read.length > MOST_HEADER) break
  }
  if (read.length === 0) throw noExport('it is empty')
  const end = read.includes(NEWLINE) ? read.indexOf(NEWLINE) : read.length
  return { header: read.toString('utf8', 0, end), rest: withFirst(read.subarray(end + 1), chunks) }
}

async function* chunksOf(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield* source
}

async function* withFirst<T>(first: T, others: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield first
  yield* others
}

function begin(line: string, wanted: string | undefined, witnesses: readonly AuditCheckpoint[]): ExportCheck {
  const header = typed(line)
  if (header?.type !== 'header') throw noExport('its first line is no header')
  if (header.format !== FORMAT) throw noExport(`its format is "${header.format}", and this Oxbow reads ${FORMAT}`)
  if (header.whole && header.count === undefined) throw noExport('its header does not say how many entries it holds')
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

const noExport = (why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'audit.noExport',
    `this is no export of an audit record: ${why}`,
    'Make one with `oxbow audit export FILE`.',
  )
