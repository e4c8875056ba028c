import type { AuditCheckpoint } from '../contract/index.ts'
import { canonical } from './canonical.ts'

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

/** What each line has beside its type. Any other member, or one of another name, would be read by nobody. */
const MEMBERS: Readonly<Record<ExportLine['type'], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  header: { format: isText, key: isText, whole: (value) => typeof value === 'boolean', size: isCount, count: isCountOrNone },
  leaves: { hashes: isTexts },
  checkpoint: { size: isCount, root: isText, at: isText, note: isText },
  inclusion: { position: isCount, size: isCount, hashes: isTexts },
  consistency: { from: isCount, root: isText, size: isCount, hashes: isTexts },
}

/** A line as an export has it. */
export const lineOf = ({ type, ...rest }: ExportLine): string => `{"type":"${type}",${canonical(rest).slice(1)}`

/** @returns undefined where the line is none, or not written as an export writes it */
export function typed(text: string): ExportLine | undefined {
  try {
    const line = JSON.parse(text) as ExportLine
    const { type, ...rest } = line
    const members = Object.entries(MEMBERS[type])
    const fits = members.every(([name, isOne]) => isOne((rest as Record<string, unknown>)[name]))
    // Not `in`: every object has a `toString`.
    const more = Object.keys(rest).some((name) => !Object.hasOwn(MEMBERS[type], name))
    return fits && !more && lineOf(line) === text ? line : undefined
  } catch {
    return undefined
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCountOrNone(value: unknown): boolean {
  return value === undefined || isCount(value)
}
