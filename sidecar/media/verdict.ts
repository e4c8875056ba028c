import type { Failure, MediaVerdict } from '../contract/index.ts'
import { TYPES } from './kinds.ts'
import { limitsOf } from './limits.ts'
import type { StoredMedia } from './types.ts'

const MB = 1024 * 1024

/** What a model is known to take beside text; nothing known means images, which nearly all take. */
export type Modalities = readonly string[] | undefined

/** How a file would reach a model. Pure. */
export function judge(media: StoredMedia, ref: string, modalities: Modalities, as?: 'text'): MediaVerdict {
  const { hash, kind } = media
  const canBeText = kind === 'pdf' || kind === 'document'
  const say = (goes: MediaVerdict['goes'], why?: string): MediaVerdict => ({ hash, goes, canBeText, ...(why && { why }) })
  if (kind === 'document') return say('text')
  if (as === 'text') {
    return canBeText ? say('text', 'You chose to send its text.') : say('refused', `There is no text in ${article(kind)}.`)
  }
  const takes = modalities ? modalities.includes(kind) : kind === 'image'
  if (!takes) {
    if (kind === 'pdf') return say('text', `${ref} takes no PDF: it gets its text.`)
    return say('refused', `${ref} takes no ${kind === 'image' ? 'images' : kind}.`)
  }
  const limits = limitsOf(ref)
  if (kind === 'image') {
    if (!limits.imageTypes.includes(media.mime))
      return say('converted', `${ref} reads no ${TYPES[media.mime]?.name ?? media.mime}: it gets a copy in another format.`)
    const edge = Math.max(media.width ?? 0, media.height ?? 0)
    if (edge > limits.image.edge || media.size > limits.image.bytes)
      return say('converted', `It gets a copy of at most ${limits.image.edge} pixels.`)
    return media.turned ? say('converted', 'It gets an upright copy.') : say('native')
  }
  if (kind === 'pdf') {
    if (media.size > limits.pdf.bytes || (media.pages ?? 0) > limits.pdf.pages)
      return say(
        'text',
        `${ref} takes PDFs up to ${size(limits.pdf.bytes)} and ${limits.pdf.pages} pages: it gets the text of this one.`,
      )
    return say('native')
  }
  const { audioTypes } = limits.recording
  if (kind === 'audio' && audioTypes && !audioTypes.includes(media.mime))
    return say('refused', `${ref} takes recordings as MP3 and WAV only.`)
  if (media.size > limits.recording.bytes)
    return say('refused', `${ref} takes recordings up to ${size(limits.recording.bytes)}; this one has ${size(media.size)}.`)
  return say('native')
}

/** Bytes that a file adds to a request. */
export function bytesSent(media: StoredMedia, ref: string, { goes }: MediaVerdict): number {
  if (goes === 'native') return media.size
  return goes === 'converted' ? Math.min(media.size, limitsOf(ref).image.bytes) : 0
}

/** What is wrong with the files of one message together. */
export function judgeTogether(bytes: number, ref: string): Failure | undefined {
  const { request } = limitsOf(ref)
  if (bytes <= request.bytes) return undefined
  return {
    code: 'media.tooMuchForModel',
    message: `${ref} takes ${size(request.bytes)} of files in one message; these have ${size(bytes)}`,
    hint: 'Send some of them with a later message, or as text.',
  }
}

const size = (bytes: number): string => `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`
const article = (kind: string): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} file`
