import { isUtf8 } from 'node:buffer'

const PROBE_BYTES = 8192

const MAGIC: readonly [string, string][] = [
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['47494638', 'a GIF image'],
  ['25504446', 'a PDF document'],
  ['504b0304', 'a ZIP archive (or an Office document)'],
  ['1f8b', 'a gzip archive'],
  ['7f454c46', 'an ELF program'],
  ['cffaedfe', 'a macOS program'],
  ['53514c697465', 'an SQLite database'],
]

/** What a file that is no text seems to be, by its first bytes; undefined for text. */
export function binaryKind(head: Buffer): string | undefined {
  const bytes = head.subarray(0, PROBE_BYTES)
  const hex = bytes.subarray(0, 8).toString('hex')
  const known = MAGIC.find(([magic]) => hex.startsWith(magic))?.[1]
  if (known !== undefined) return known
  if (hex.startsWith('fffe') || hex.startsWith('feff')) return 'text in UTF-16'
  return bytes.includes(0) ? 'binary data' : undefined
}

/** Text of a file's bytes, or undefined when they are no UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  return bytes.includes(0) || !isUtf8(bytes) ? undefined : bytes.toString('utf8')
}
