import type { AuditCheckpoint } from '../contract/index.ts'
import { CHECKPOINT, ENTRY, LEAVES, NEWLINE, typed } from './lines.ts'
import type { Job } from './threads/protocol.ts'

/** A block has about so many bytes and ends with a checkpoint; where none comes, it is cut at the most. */
export const BLOCK = 1024 * 1024
const MOST_BLOCK = 16 * BLOCK

/** A piece of an export, read so far that a thread can hash it. */
export interface Block extends Job {
  /** Its lines; a thread has them as well, without a copy. */
  bytes: Buffer
  lineCount: number
  /** The size of the tree at its end. */
  end: number
  checkpoints: AuditCheckpoint[]
}

/**
 * Parts an export behind its header into blocks of whole lines.
 * @param witnessed sizes of the tree at which its root is asked for as well
 * @param spare memory of blocks that are done with: fresh memory costs more than what is read into it
 */
export async function* blocksOf(
  source: AsyncIterable<Uint8Array>,
  witnessed: readonly number[],
  spare: SharedArrayBuffer[],
): AsyncGenerator<Block, void> {
  let room = roomFor(2 * BLOCK, spare)
  let length = 0
  let wanted = BLOCK
  let start = 0
  for await (const chunk of source)
    for (let from = 0; from < chunk.length; from += BLOCK) {
      const part = chunk.subarray(from, from + BLOCK)
      if (length + part.length > room.length) room = moved(room.subarray(0, length), 2 * room.length, spare)
      room.set(part, length)
      length += part.length
      if (length < wanted) continue
      const block = blockOf(room.subarray(0, length), start, witnessed, length > MOST_BLOCK)
      wanted = block ? BLOCK : length + BLOCK
      if (!block) continue
      const rest = room.subarray(block.bytes.length, length)
      room = moved(rest, 2 * BLOCK, spare)
      length = rest.length
      start = block.end
      yield block
    }
  const last = length > 0 ? blockOf(room.subarray(0, length), start, witnessed, true) : undefined
  if (last) yield last
}

/** Memory that threads can share. */
function roomFor(length: number, spare: SharedArrayBuffer[]): Buffer {
  const fitting = spare.findIndex(({ byteLength }) => byteLength >= length)
  return Buffer.from(spare.splice(fitting, fitting === -1 ? 0 : 1)[0] ?? new SharedArrayBuffer(length))
}

function moved(bytes: Buffer, room: number, spare: SharedArrayBuffer[]): Buffer {
  const larger = roomFor(Math.max(room, bytes.length), spare)
  larger.set(bytes)
  return larger
}

/** @param all whether to take all of it. @returns undefined where no checkpoint is in it, and more may come */
function blockOf(bytes: Buffer, start: number, witnessed: readonly number[], all: boolean): Block | undefined {
  const checkpoints: AuditCheckpoint[] = []
  let taken = { length: 0, end: start, lineCount: 0 }
  let end = start
  let lineCount = 0
  let usual = true
  for (let from = 0; from < bytes.length; ) {
    const next = bytes.indexOf(NEWLINE, from)
    if (next === -1 && !all) break
    const to = next === -1 ? bytes.length : next
    lineCount++
    if (bytes[from + 2] === ENTRY) end++
    else if (startsWith(bytes, from, CHECKPOINT)) {
      const line = typed(bytes.toString('utf8', from, to))
      usual &&= line?.type === 'checkpoint' && line.size === end
      if (line?.type === 'checkpoint') checkpoints.push(line)
      taken = { length: to + 1, end, lineCount }
    } else usual &&= startsWith(bytes, from, LEAVES)
    from = to + 1
  }
  if (all) taken = { length: bytes.length, end, lineCount }
  if (taken.length === 0) return undefined
  const cuts = [...checkpoints.map(({ size }) => size), ...witnessed.filter((size) => size > start && size <= taken.end)]
  const block = { bytes: bytes.subarray(0, taken.length), start, end: taken.end, lineCount: taken.lineCount, checkpoints }
  return usual ? { ...block, cuts: [...new Set(cuts)].sort((a, b) => a - b), lines: block.bytes } : { ...block, cuts: [] }
}

const startsWith = (bytes: Buffer, at: number, text: string): boolean => bytes.toString('latin1', at, at + text.length) === text
