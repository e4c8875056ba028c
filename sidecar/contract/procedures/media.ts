import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { MEDIA_LIMITS } from '../media-limits.ts'
import { MediaHash, MediaKind } from '../parts.ts'
import { Failure, ModelRef } from '../values.ts'
import { base } from './base.ts'

/** A stored file: what its bytes say it is. */
export const MediaInfo = z.object({
  hash: MediaHash,
  kind: MediaKind,
  mime: z.string(),
  /** As it was handed in, without folders. */
  name: z.string(),
  /** In bytes. */
  size: z.number().int().nonnegative(),
  /** Of images, in pixels, as a person sees them. */
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
  /** Of PDFs. */
  pages: z.number().int().positive().optional(),
  /** Of documents: how long their text is. */
  characters: z.number().int().nonnegative().optional(),
})
export type MediaInfo = z.infer<typeof MediaInfo>

/** How a file would reach a model: as it is, made smaller or of another format, as text, or not at all. */
export const MediaVerdict = z.object({
  hash: MediaHash,
  goes: z.enum(['native', 'converted', 'text', 'refused']),
  /** One sentence for people; absent where the file goes as it is. */
  why: z.string().optional(),
  /** Whether a person may choose to send its text. */
  canBeText: z.boolean(),
})
export type MediaVerdict = z.infer<typeof MediaVerdict>

/** Chosen by whoever uploads, at random. */
const UploadId = z.uuid()

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['media'] })

export const media = {
  put: route('POST', '/media', 'Store a file whole, to be named by its hash in a message')
    .input(z.object({ file: z.file() }))
    .output(MediaInfo),
  /** Pieces come in order. A piece at 0 begins the upload anew; one that is left alone for ten minutes is forgotten. */
  append: route('POST', '/media/uploads/{uploadId}', 'Bring the next piece of a file')
    .input(z.object({ uploadId: UploadId, at: z.coerce.number().int().nonnegative(), piece: z.file() }))
    .output(z.object({ size: z.number().int().nonnegative() })),
  finish: route('POST', '/media/uploads/{uploadId}/finish', 'Store the file that came in pieces')
    .input(z.object({ uploadId: UploadId, name: z.string().max(1000), size: z.number().int().positive() }))
    .output(MediaInfo),
  /** `preview` is an image small enough for a screen; of everything else, and of small images, it is the file itself. */
  get: route('GET', '/media/{hash}', 'The bytes of a stored file')
    .input(z.object({ hash: MediaHash, variant: z.enum(['original', 'preview']).default('original') }))
    .output(z.file()),
  text: route('GET', '/media/{hash}/text', 'The text of a stored PDF or document, as a model would get it')
    .input(z.object({ hash: MediaHash }))
    .output(z.object({ text: z.string(), truncated: z.boolean() })),
  check: route('POST', '/media/check', 'How stored files would reach a model')
    .input(
      z.object({
        /** The model of this session, unless `model` says another. */
        sessionId: SessionId.optional(),
        model: ModelRef.optional(),
        media: z.array(z.object({ hash: MediaHash, as: z.literal('text').optional() })).max(MEDIA_LIMITS.files),
      }),
    )
    .output(
      z.object({
        verdicts: z.array(MediaVerdict),
        /** What is wrong with all of them together, for one message. */
        problem: Failure.optional(),
      }),
    ),
}
