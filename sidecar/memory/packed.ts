import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'

/** A text as a row has it: as it is, or compressed where the memory is cold. */
export interface MaybePacked {
  text: string
  packed: Uint8Array | null
}

/** Below this share of its size a compressed text is worth the unpacking. */
const WORTH = 0.9

/** The text, compressed; undefined where that saves nothing. Brotli knows the common words of many languages beforehand. */
export function pack(text: string): Buffer | undefined {
  const bytes = Buffer.from(text)
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
  return packed.length <= bytes.length * WORTH ? packed : undefined
}

/** The text of a row, cold or not. */
export const textOf = ({ text, packed }: MaybePacked): string =>
  packed === null ? text : brotliDecompressSync(packed).toString('utf8')
