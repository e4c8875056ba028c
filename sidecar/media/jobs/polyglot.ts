import type { MediaKind } from '../../contract/index.ts'
import { MediaProblem } from '../problem.ts'

/** How far into a file readers of other formats look for their own mark. */
const HEAD = 1024
const END_RECORD = 22
const MOST_COMMENT = 0xffff
/** Marks of active content that no image carries in its pixels or its metadata. */
const ACTIVE = /<(?:script|html|body|iframe|svg|\?php)[\s>/:]|<!doctype\s+html|<\?php/i
/** A comment that closes and goes on as a program: how a picture is made to run as a script. */
const SCRIPT_AFTER_COMMENT = /\*\/\s*[=;`'"(,\w]/

/**
 * Refuses a file that is also a valid file of another kind.
 * @throws MediaProblem `media.polyglot`
 */
export function refusePolyglot(bytes: Buffer, kind: MediaKind, mime: string): void {
  const head = bytes.toString('latin1', 0, HEAD)
  if (kind !== 'pdf' && head.includes('%PDF-')) throw polyglot('file', 'a PDF inside')
  if (kind !== 'document' && hasArchive(bytes)) throw polyglot(name(kind), 'an archive behind it')
  if (kind === 'image') {
    const text = bytes.toString('latin1')
    if (ACTIVE.test(text)) throw polyglot('image', 'the markup of a page inside')
    if (startsAsComment(bytes, mime) && SCRIPT_AFTER_COMMENT.test(text)) throw polyglot('image', 'a script inside')
  } else if ((kind === 'audio' || kind === 'video') && ACTIVE.test(head))
    throw polyglot(name(kind), 'the markup of a page inside')
}

const name = (kind: MediaKind): string => (kind === 'pdf' ? 'PDF' : kind === 'image' ? 'image' : 'recording')

/** Whether an unpacker would find an archive: an end record whose directory lies right before it. */
function hasArchive(bytes: Buffer): boolean {
  const from = Math.max(0, bytes.length - END_RECORD - MOST_COMMENT)
  for (
    let at = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    at >= from;
    at = bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1')
  ) {
    if (at + END_RECORD <= bytes.length) {
      const size = bytes.readUInt32LE(at + 12)
      const entries = bytes.readUInt16LE(at + 10)
      if (entries > 0 && size <= at && bytes.toString('latin1', at - size, at - size + 4) === 'PK\x01\x02') return true
    }
    if (at === 0) break
  }
  return false
}

/** The first field of these formats that may hold anything; `/*` there begins a comment. */
const FREE_FIELD: Readonly<Record<string, number>> = { 'image/gif': 6, 'image/bmp': 2, 'image/jpeg': 4, 'image/webp': 4 }

function startsAsComment(bytes: Buffer, mime: string): boolean {
  const at = FREE_FIELD[mime]
  if (at === undefined) return false
  const field = bytes.toString('latin1', at, at + 2)
  return field === '/*' || field.startsWith('=')
}

const polyglot = (what: string, why: string): MediaProblem =>
  new MediaProblem(
    'media.polyglot',
    `this ${what} is two files in one: it has ${why}`,
    'Save it anew in an editor, then hand that in.',
  )
