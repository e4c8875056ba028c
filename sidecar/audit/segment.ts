import { isUtf8 } from 'node:buffer'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AuditCheckpoint } from '../contract/index.ts'
import { canonical } from './canonical.ts'
import { openCheckpoint } from './checkpoint.ts'
import { Growth } from './merkle/growth.ts'
import { fromBase64, type Hash, leafHash, toBase64 } from './merkle/hash.ts'
import { noteVerifier } from './note.ts'

/**
 * Entries that were taken out of the database, compressed, as lines: a header, the entries, and the checkpoint that ends
 * them. The peaks of the tree before them are their proof: with the entries they lead to the root that was signed.
 */
export const SEGMENT = 'oxbow-audit-segment/1'
/** What a segment of so many entries may unpack to: nobody else's archive fills memory. */
const MOST_BYTES = 256 * 1024 * 1024

/** Loaded with the first segment: a start needs none. */
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib')

interface SegmentHeader {
  format: typeof SEGMENT
  key: string
  /** The first entry's place, and the size of the tree that the last one ended. */
  from: number
  size: number
  peaks: string[]
}

export interface Segment extends Omit<SegmentHeader, 'format' | 'peaks'> {
  peaks: readonly Hash[]
  texts: readonly string[]
  checkpoint: AuditCheckpoint
}

/** Writes it whole or not at all. */
export function writeSegment(path: string, { key, from, size, peaks, texts, checkpoint }: Segment): void {
  const header: SegmentHeader = { format: SEGMENT, key, from, size, peaks: peaks.map(toBase64) }
  const bytes = zlib().gzipSync([canonical(header), ...texts, canonical(checkpoint), ''].join('\n'))
  const temporary = `${path}.${process.pid}.tmp`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

/** @returns undefined where it is not there. @throws Error where it is no segment, or damaged */
export function readSegment(path: string): Segment | undefined {
  if (!existsSync(path)) return undefined
  const lines = unpacked(readFileSync(path)).split('\n')
  const { format, key, from, size, peaks } = JSON.parse(lines[0] ?? '') as SegmentHeader
  if (format !== SEGMENT) throw new Error(`its format is ${format}`)
  const hashes = peaks.map(fromBase64)
  if (hashes.includes(undefined)) throw new Error('its proof is none')
  const { root, at, note, size: until } = JSON.parse(lines.at(-2) ?? '') as AuditCheckpoint
  const checkpoint = { size: until, root, at, note }
  // What is not hashed must be as we write it: nothing may stand there that nobody looks at.
  if (canonical({ format, key, from, size, peaks }) !== lines[0] || canonical(checkpoint) !== lines.at(-2) || lines.at(-1) !== '')
    throw new Error('its first or last line is not as a segment has it')
  return { key, from, size, peaks: hashes as Hash[], texts: lines.slice(1, -2), checkpoint }
}

/** gzip as we write it: no name, no comment, no time; then a byte for the maker's system. */
const GZIP = Buffer.from('1f8b08000000000000', 'hex')
/** Unix, Windows, macOS. */
const SYSTEMS = [3, 10, 19]
/** Bytes before what is compressed, and behind it: a checksum and the text's length. */
const HEAD = 10
const END = 8

/** @throws Error where anything but one text is in it */
function unpacked(bytes: Buffer): string {
  if (!bytes.subarray(0, GZIP.length).equals(GZIP) || !SYSTEMS.includes(bytes[GZIP.length]!))
    throw new Error('its head is not the one that Oxbow writes')
  const packed = bytes.subarray(HEAD, -END)
  // gunzip would read several archives as one, and skip what stands behind a zero.
  const { buffer: text, engine } = zlib().inflateRawSync(packed, {
    maxOutputLength: MOST_BYTES,
    info: true,
  }) as unknown as Inflated
  if (engine.bytesWritten !== packed.length) throw new Error('something stands behind its end')
  if (bytes.readUInt32LE(bytes.length - END) !== zlib().crc32(text) || bytes.readUInt32LE(bytes.length - 4) !== text.length)
    throw new Error('its end is not that of its text')
  if (!isUtf8(text)) throw new Error('it holds bytes that are no text')
  return text.toString('utf8')
}

/** What zlib gives with `info`: how much it read, too. */
interface Inflated {
  buffer: Buffer
  engine: { bytesWritten: number }
}

/** Whether a segment's entries lead to the root that its key signed: by itself, without the database. */
export function provesItself({ key, from, size, peaks, texts, checkpoint }: Segment): boolean {
  const verifier = noteVerifier(key)
  const opened = verifier && openCheckpoint(verifier, checkpoint.note)
  const told =
    opened && opened.size === checkpoint.size && toBase64(opened.root) === checkpoint.root && opened.at === checkpoint.at
  if (!opened || !told || opened.size !== size || texts.length !== size - from) return false
  const tree = new Growth(from, peaks)
  for (const text of texts) tree.append(leafHash(text))
  return tree.root() === opened.root
}

/** Removes what was not brought to its end. */
export const dropSegment = (path: string): void => rmSync(path, { force: true })
