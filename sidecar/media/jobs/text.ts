/** How much of a text is looked at to say what it is. */
const HEAD = 4096
/** Markup may stand behind a byte order mark, spaces, comments and an XML declaration. */
const LEAD = /^\ufeff?(?:\s|<!--[\s\S]*?-->|<\?xml[^>]*>)*/i
const HTML = /^<(?:!doctype\s+html|html|head|body)[\s>]/i
const SVG = /^(?:<!doctype\s+svg[^>]*>\s*)?<svg[\s>]/i

/** The text of UTF-8 or UTF-16 bytes; undefined where they are none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  if (mark === 'utf-8' && bytes.includes(0)) return undefined
  try {
    return new TextDecoder(mark, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What kind of text this is; undefined where it is none. A table is known by its name, since its content may be anything. */
export function textType(bytes: Uint8Array, name: string): string | undefined {
  const text = decodeText(bytes)
  if (text === undefined) return undefined
  const start = text.slice(0, HEAD).replace(LEAD, '')
  if (SVG.test(start)) return 'image/svg+xml'
  if (HTML.test(start)) return 'text/html'
  return /\.(?:csv|tsv)$/i.test(name) ? 'text/csv' : 'text/plain'
}
