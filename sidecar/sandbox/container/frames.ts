const HEADER = 8

/**
 * What an engine's stream carries, out of its frames: a byte for the channel, three for nothing, four for the length. Nothing is
 * read ahead of the taker, and what comes of a frame is handed on before its end.
 */
export async function* payloads(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let header = Buffer.alloc(0)
  let left = 0
  for await (const read of stream) {
    let chunk = read
    while (chunk.length > 0) {
      if (left > 0) {
        const piece = chunk.subarray(0, left)
        left -= piece.length
        chunk = chunk.subarray(piece.length)
        yield piece
        continue
      }
      const missing = HEADER - header.length
      header = Buffer.concat([header, chunk.subarray(0, missing)])
      chunk = chunk.subarray(missing)
      if (header.length < HEADER) continue
      left = header.readUInt32BE(4)
      header = Buffer.alloc(0)
    }
  }
}
