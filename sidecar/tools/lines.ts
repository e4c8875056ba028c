import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

/** Characters shown of one line. */
export const MOST_OF_LINE = 2000
const CHUNK_BYTES = 64 * 1024

/** An opened file, read piece by piece. */
export interface Pieces {
  handle: Pick<FileHandle, 'read'>
  /** As it was opened, in bytes; what is written behind that meanwhile is left out. */
  size: number
}

/** @returns the bytes from `position` on, at most 64 KiB; none at the end */
export async function pieceAt({ handle, size }: Pieces, position: number): Promise<Buffer> {
  const length = Math.min(CHUNK_BYTES, size - position)
  if (length <= 0) return Buffer.alloc(0)
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

export interface Line {
  /** Counted from 1. */
  number: number
  text: string
  /** Characters left out at its end. */
  cut: number
}

/**
 * A file's lines, one by one, without ever holding more than a piece of it. Line ends are left out.
 * @param head its first piece
 */
export async function* linesOf(file: Pieces, head: Buffer, signal: AbortSignal): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8')
  let line: Line = { number: 1, text: '', cut: 0 }
  let started = false
  const extend = (piece: string): void => {
    const room = Math.max(0, MOST_OF_LINE - line.text.length)
    line.text += piece.slice(0, room)
    line.cut += Math.max(0, piece.length - room)
  }
  let position = 0
  for (let bytes = head; ; bytes = await pieceAt(file, position)) {
    signal.throwIfAborted()
    position += bytes.length
    const text = bytes.length === 0 ? decoder.end() : decoder.write(bytes)
    const pieces = text.split('\n')
    for (const piece of pieces.slice(0, -1)) {
      extend(piece)
      yield finished(line)
      line = { number: line.number + 1, text: '', cut: 0 }
      started = false
    }
    const rest = pieces.at(-1)!
    extend(rest)
    started ||= rest !== ''
    if (bytes.length === 0) break
  }
  if (started) yield finished(line)
}

function finished({ number, text, cut }: Line): Line {
  return { number, text: (cut === 0 && text.endsWith('\r') ? text.slice(0, -1) : text).toWellFormed(), cut }
}
