/** Marks of the adapters that keep more in a signature than their vendor's own. */
export type SealMark = 'redacted' | 'responses' | 'details' | 'gemini'

/** A signature that only the adapter of the same mark takes apart again. */
export const seal = (mark: SealMark, content: string): string => `${mark}:${content}`

/** What was sealed under this mark; undefined for any other signature. */
export const unseal = (mark: SealMark, signature: string | undefined): string | undefined =>
  signature?.startsWith(`${mark}:`) ? signature.slice(mark.length + 1) : undefined

/** Whether a signature carries the mark of an adapter; what vendors sign themselves has no colon. */
export const isSealed = (signature: string): boolean => signature.includes(':')
