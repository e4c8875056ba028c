import { z } from 'zod'
import { Timestamp } from './values.ts'

/**
 * What clings to a conversation. `untrusted`: it holds words from outside, which may ask for anything. `private`: it holds
 * what should not leave. Where the two meet, whatever can carry data out is asked.
 */
export const TaintLabel = z.enum(['untrusted', 'private'])
export type TaintLabel = z.infer<typeof TaintLabel>

/** A label and where it came from. */
export const TaintMark = z.object({
  label: TaintLabel,
  /** The page, file, memory or command. */
  source: z.string(),
  /** Why that counts, in plain words. */
  reason: z.string(),
})
export type TaintMark = z.infer<typeof TaintMark>

/** A label of a session, and since when. */
export const Taint = TaintMark.extend({ at: Timestamp })
export type Taint = z.infer<typeof Taint>

/** A file or folder that was written from a conversation with labels. */
export const TaintedFile = z.object({
  /** Absolute. */
  path: z.string(),
  /** Everything below it. */
  folder: z.boolean(),
  labels: z.array(TaintLabel),
  source: z.string(),
  at: Timestamp,
})
export type TaintedFile = z.infer<typeof TaintedFile>

/** Whether both labels are there. */
export const labelsMeet = (marks: readonly Pick<TaintMark, 'label'>[]): boolean =>
  marks.some(({ label }) => label === 'untrusted') && marks.some(({ label }) => label === 'private')
