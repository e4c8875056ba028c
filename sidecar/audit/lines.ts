import type { AuditCheckpoint } from '../contract/index.ts'

/**
 * Lines of an export. An entry's line is its canonical JSON and nothing else, which begins with `actor`; every other line
 * begins with its type.
 */
export type ExportLine =
  | { type: 'header'; format: typeof FORMAT; key: string; whole: boolean; size: number; count?: number }
  /** The leaf hashes, base64, of the entries since the last such line. */
  | { type: 'leaves'; hashes: string[] }
  | ({ type: 'checkpoint' } & AuditCheckpoint)
  /** That the entry before this line is in the tree of that size. */
  | { type: 'inclusion'; position: number; size: number; hashes: string[] }
  /** That the tree of `size` begins with the one of `from`, whose root is given. */
  | { type: 'consistency'; from: number; root: string; size: number; hashes: string[] }

export const FORMAT = 'oxbow-audit/1'
/** Every line but an entry's begins so. */
export const TYPED = '{"type":'
export const LEAVES = `${TYPED}"leaves",`
export const CHECKPOINT = `${TYPED}"checkpoint",`
/** The third byte of an entry's line; that of all others is another. */
export const ENTRY = 'a'.charCodeAt(0)
/** Ends each line. */
export const NEWLINE = 0x0a

/** @returns undefined where the line is none */
export function typed(text: string): ExportLine | undefined {
  try {
    return JSON.parse(text) as ExportLine
  } catch {
    return undefined
  }
}
