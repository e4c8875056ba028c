import type { AuditCheckpoint } from '../contract/index.ts'
import { CHECKPOINT, ENTRY, LEAVES, NEWLINE, typed } from './lines.ts'

/** A block has about so many bytes and ends with a checkpoint; where none comes, it is cut at the most. */
export const BLOCK = 1024 * 1024
const MOST_BLOCK = 16 * BLOCK

/** A piece of an export: whole lines. Its bytes are good until the next block is asked for. */
export interface Block {
  bytes: Buffer
  lineCount: number
  /** The size of the tree at its beginning and its end. */
  start: number
  end: number
  checkpoints: AuditCheckpoint[]
  /** Sizes of the tree at which its root is asked for, rising; empty where a line is none that an export has. */
  cuts: readonly number[]
}

/**
 * Parts an export behind its header into blocks.
 * @param witnessed sizes of the tree at which its root is asked for as well
 */
export async function* blocksOf(source: AsyncIterable<Uint8Array>, witnessed: readonly number[]): AsyncGenerator<Block, void> {
  let room = Buffer.allocUnsafe(2 * BLOCK)
  let length = 0
  let wanted = BLOCK
  let start = 0
  for await (const chunk of source)
    for (let from = 0; from < chunk.length; from += BLOCK) {
      const part = chunk.subarray(from, from + BLOCK)
      if (length + part.length > room.length) room = Buffer.concat([room.subarray(0, length)], 2 * room.length)
      room.set(part, length)
      length += part.length
      if (length < wanted) continue
      const late = length > MOST_BLOCK
      const whole = late ? room.lastIndexOf(NEWLINE, length - 1) + 1 || length : length
      const block = blockOf(room.subarray(0, whole), start, witnessed, late)
      wanted = block ? BLOCK : length + BLOCK
      if (!block) continue
      yield block
      room.copyWithin(0, block.bytes.length, length)
      length -= block.bytes.length
      start = block.end
    }
  const last = length > 0 ? blockOf(room.subarray(0, length), start, witnessed, true) : undefined
  if (last) yield last
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
  return { ...block, cuts: usual ? [...new Set(cuts)].sort((a, b) => a - b) : [] }
}

const startsWith = (bytes: Buffer, at: number, text: string): boolean => bytes.toString('latin1', at, at + text.length) === text
