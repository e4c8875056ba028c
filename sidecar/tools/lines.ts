import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

/** Characters shown of one line. */
export const MOST_OF_LINE = 2000
const CHUNK_BYTES = 64 * 1024

export interface Line {
  /** Counted from 1. */
  number: number
  text: string
  /** Characters left out at its end. */
  cut: number
}

/** A file's lines, one by one, without ever holding more than a piece of it. Line ends are left out. */
export async function* linesOf(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let line: Line = { number: 1, text: '', cut: 0 }
  let started = false
  const extend = (piece: string): void => {
    const room = Math.max(0, MOST_OF_LINE - line.text.length)
    line.text += piece.slice(0, room)
    line.cut += Math.max(0, piece.length - room)
  }
  for (let position = 0; ; ) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
    position += bytesRead
    const text = bytesRead === 0 ? decoder.end() : decoder.write(chunk.subarray(0, bytesRead))
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
    if (bytesRead === 0) break
  }
  if (started) yield finished(line)
}

function finished({ number, text, cut }: Line): Line {
  return { number, text: (cut === 0 && text.endsWith('\r') ? text.slice(0, -1) : text).toWellFormed(), cut }
}
