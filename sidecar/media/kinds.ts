import type { MediaKind } from '../contract/index.ts'

const OFFICE = 'application/vnd.openxmlformats-officedocument'
export const DOCX = `${OFFICE}.wordprocessingml.document`
export const XLSX = `${OFFICE}.spreadsheetml.sheet`
export const PPTX = `${OFFICE}.presentationml.presentation`

interface Type {
  kind: MediaKind
  /** What people call it. */
  name: string
  /** Endings that may carry it, without the dot. The first is the common one. */
  endings: readonly string[]
  /** May be shown by a page as what it is. Everything else is served as plain bytes. */
  shown: boolean
}

const type = (kind: MediaKind, name: string, endings: readonly string[], shown = true): Type => ({ kind, name, endings, shown })

/** Every type that can be handed in, by its MIME type as `file-type` names it. */
export const TYPES: Readonly<Record<string, Type>> = {
  'image/png': type('image', 'PNG image', ['png']),
  'image/apng': type('image', 'animated PNG image', ['png', 'apng']),
  'image/jpeg': type('image', 'JPEG image', ['jpg', 'jpeg', 'jpe', 'jfif']),
  'image/gif': type('image', 'GIF image', ['gif']),
  'image/webp': type('image', 'WebP image', ['webp']),
  'image/bmp': type('image', 'BMP image', ['bmp', 'dib']),
  'image/tiff': type('image', 'TIFF image', ['tif', 'tiff'], false),
  'audio/mpeg': type('audio', 'MP3 recording', ['mp3', 'mpga']),
  'audio/wav': type('audio', 'WAV recording', ['wav']),
  'audio/ogg': type('audio', 'Ogg recording', ['ogg', 'oga', 'opus']),
  'audio/flac': type('audio', 'FLAC recording', ['flac']),
  'audio/aac': type('audio', 'AAC recording', ['aac']),
  'audio/mp4': type('audio', 'MPEG-4 recording', ['m4a', 'mp4', 'm4b']),
  'video/mp4': type('video', 'MPEG-4 video', ['mp4', 'm4v']),
  'video/webm': type('video', 'WebM video', ['webm']),
  'video/quicktime': type('video', 'QuickTime video', ['mov', 'qt']),
  'application/pdf': type('pdf', 'PDF', ['pdf'], false),
  [DOCX]: type('document', 'Word document', ['docx'], false),
  [XLSX]: type('document', 'Excel workbook', ['xlsx'], false),
  [PPTX]: type('document', 'PowerPoint presentation', ['pptx'], false),
  'text/html': type('document', 'web page', ['html', 'htm', 'xhtml'], false),
  'text/csv': type('document', 'table in text', ['csv', 'tsv'], false),
  'image/svg+xml': type('document', 'SVG drawing', ['svg'], false),
  'text/plain': type('document', 'text', ['txt'], false),
}

/** Other names that `file-type` gives to the types above. */
const SAME: Readonly<Record<string, string>> = {
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-flac': 'audio/flac',
  'audio/x-m4a': 'audio/mp4',
  'audio/ogg; codecs=opus': 'audio/ogg',
  'video/x-m4v': 'video/mp4',
  'image/bmp': 'image/bmp',
  'image/x-ms-bmp': 'image/bmp',
}

export const canonical = (mime: string): string => SAME[mime] ?? mime

/** The types that an ending promises; undefined for one that promises nothing that we know. */
export function promisedBy(name: string): { ending: string; mimes: readonly string[] } | undefined {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase()
  if (ending === undefined) return undefined
  const mimes = Object.entries(TYPES).flatMap(([mime, { endings }]) => (endings.includes(ending) ? [mime] : []))
  return mimes.length > 0 ? { ending, mimes } : undefined
}

/** The type under which a file is handed out: never one that a page would run. */
export const servedAs = (mime: string): string => (TYPES[mime]?.shown ? mime : 'application/octet-stream')
