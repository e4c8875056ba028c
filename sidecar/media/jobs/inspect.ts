import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { canonical, promisedBy, TYPES } from '../kinds.ts'
import { damaged, MediaProblem } from '../problem.ts'
import type { Facts } from '../types.ts'
import { refusePolyglot } from './polyglot.ts'
import { textType } from './text.ts'

/** An image of more pixels would take more memory to decode than a conversion may have. */
const MOST_PIXELS = 50_000_000
const SAVE_AS: Readonly<Record<string, string>> = {
  image: 'Save it as PNG or JPEG.',
  audio: 'Save it as MP3 or WAV.',
  video: 'Save it as MP4 or WebM.',
}

/**
 * Says what a file is, by its bytes alone, and their hash.
 * @param name as it was handed in: an ending that promises something else is refused
 * @throws MediaProblem `media.unsupportedType`, `media.lyingName`, `media.polyglot`, `media.damaged`, `media.tooManyPixels`, `media.locked`
 */
export async function inspect(path: string, name: string): Promise<Facts & { hash: string }> {
  const bytes = await readFile(path)
  return { ...(await factsOf(bytes, name)), hash: createHash('sha256').update(bytes).digest('hex') }
}

async function factsOf(bytes: Buffer, name: string): Promise<Facts> {
  const mime = await mimeOf(bytes, name)
  const type = TYPES[mime]
  if (!type)
    throw new MediaProblem(
      'media.unsupportedType',
      `no model is sent files of this type (${mime})`,
      SAVE_AS[mime.split('/', 1)[0]!] ?? 'Put it in the workspace and name it instead.',
    )
  expectHonest(name, mime)
  refusePolyglot(bytes, type.kind, mime)
  if (type.kind === 'image') return { kind: type.kind, mime, ...(await sizeOf(bytes)) }
  if (type.kind === 'pdf') {
    const { pagesOf } = await import('./pdf.ts')
    return { kind: type.kind, mime, pages: await pagesOf(bytes) }
  }
  return { kind: type.kind, mime }
}

async function mimeOf(bytes: Buffer, name: string): Promise<string> {
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  // Markup has no magic bytes, so its text is looked at as any other's.
  if (found && found.mime !== 'application/xml') return canonical(found.mime)
  const text = textType(bytes, name)
  if (text) return text
  const promised = promisedBy(name)
  throw promised
    ? lying(name, promised.ending, 'not one')
    : new MediaProblem(
        'media.unsupportedType',
        'this is neither text nor a type of file that is known',
        'Put it in the workspace and name it instead.',
      )
}

/** Endings of text promise text; those we know promise their type; the others promise nothing. */
const TEXT_ENDING =
  /\.(txt|md|markdown|json|ya?ml|toml|xml|log|ini|c|h|cpp|rs|go|py|rb|js|mjs|cjs|ts|tsx|jsx|css|sh|sql|java|kt|php)$/i

function expectHonest(name: string, mime: string): void {
  const promised = promisedBy(name)
  if (promised && !promised.mimes.includes(mime) && !bothText(promised.mimes, mime))
    throw lying(name, promised.ending, `a ${TYPES[mime]!.name}`)
  if (!mime.startsWith('text/') && mime !== 'image/svg+xml' && TEXT_ENDING.test(name))
    throw lying(name, name.slice(name.lastIndexOf('.') + 1), `a ${TYPES[mime]!.name}`)
}

/** A table or a page that reads as plain text is no lie, nor is the other way round. */
const bothText = (mimes: readonly string[], mime: string): boolean =>
  mime.startsWith('text/') && mimes.every((promised) => promised.startsWith('text/'))

const lying = (name: string, ending: string, is: string): MediaProblem =>
  new MediaProblem(
    'media.lyingName',
    `${name} ends in .${ending}, but by its content it is ${is}`,
    'If you trust where it comes from, rename it to what it is.',
  )

async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number; turned: boolean }> {
  const { imageSize } = await import('image-size')
  let size: { width: number; height: number; orientation?: number | undefined }
  try {
    size = imageSize(bytes)
  } catch (error) {
    throw damaged('image', error)
  }
  const { width, height, orientation = 1 } = size
  if (!(width > 0 && height > 0)) throw damaged('image', 'it has no pixels')
  if (width * height > MOST_PIXELS)
    throw new MediaProblem(
      'media.tooManyPixels',
      `this image has ${width} × ${height} pixels; ${MOST_PIXELS / 1_000_000} million are the most`,
      'Make it smaller first.',
    )
  const turned = orientation > 1
  return orientation >= 5 ? { width: height, height: width, turned } : { width, height, turned }
}
