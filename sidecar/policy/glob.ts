import { sep } from 'node:path'
import { OxbowError } from '../foundation/index.ts'

/**
 * A file pattern, read once: `*` and `?` stand for anything within one name, `[ab]` for one of these, `{a,b}` for either, `**` for any
 * folders. They mean what they mean to Node; what Node knows beyond them is refused, since it may take it forever.
 */
export interface Glob {
  /**
   * @param strict what forbids must leave no gap: then marks stand for hidden names, too, and `folder/**` for the folder itself
   */
  fits(value: string, strict: boolean): boolean
}

/** Ways that braces may stand for. */
const MOST_WAYS = 64
/** Patterns that are kept: as many as a home and some workspaces have. */
const MOST_KEPT = 5000

const kept = new Map<string, Glob>()

/** @throws OxbowError `policy.pattern` where it holds what is no mark of ours */
export function globOf(pattern: string): Glob {
  const known = kept.get(pattern)
  if (known) return known
  const glob = read(pattern)
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(pattern, glob)
  return glob
}

/** As Node does, where file systems do. */
const folds = process.platform === 'darwin' || process.platform === 'win32'
const fold = (text: string): string => (folds ? text.toLowerCase() : text)
/** Names are parted by slashes, whatever the system writes. */
const slashed = (text: string): string => (sep === '/' ? text : text.replaceAll(sep, '/'))

function read(given: string): Glob {
  const pattern = slashed(given)
  if (!hasMarks(pattern)) return { fits: (value) => fold(slashed(value)) === fold(pattern) }
  const ways = waysOf(pattern, given).map((way) => wayOf(way, given))
  return { fits: (value, strict) => ways.some((way) => fitsWay(way, slashed(value), strict)) }
}

const hasMarks = (text: string): boolean => /[*?[\]{}\\]|[+@!]\(/.test(text)

function unreadable(pattern: string, why: string): OxbowError {
  const hint = 'Write it with *, **, ?, [ab] and {a,b} alone.'
  return new OxbowError('BAD_REQUEST', 'policy.pattern', `"${pattern}" is no pattern that can be read: ${why}.`, hint)
}

/** What braces stand for. */
function waysOf(pattern: string, given: string): string[] {
  const [all, before, inner, rest] = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern) ?? []
  if (all === undefined) {
    if (/[{}]/.test(pattern)) throw unreadable(given, 'braces stand in others, or do not end')
    return [pattern]
  }
  const choices = inner!.split(',')
  const after = waysOf(rest!, given)
  if (choices.length < 2) throw unreadable(given, 'braces hold words parted by commas')
  if (choices.length * after.length > MOST_WAYS) throw unreadable(given, `its braces stand for more than ${MOST_WAYS} ways`)
  return choices.flatMap((choice) => after.map((end) => before! + choice + end))
}

/** One of: a character, any one, any number, one of a set. */
type Mark = string | typeof ONE | typeof MANY | RegExp
const ONE = 1
const MANY = 2
const FOLDERS = 3

/** A name of a pattern: whole, with marks, or any folders. */
type Name = string | readonly Mark[] | typeof FOLDERS

interface Way {
  /** What a value begins and ends with, whatever the marks stand for; most values are ruled out by these. */
  begin: string
  end: string
  names: readonly Name[]
}

function wayOf(pattern: string, given: string): Way {
  if (pattern.includes('\\')) throw unreadable(given, 'it holds a backslash')
  if (/[*?+@!]\(/.test(pattern)) throw unreadable(given, 'brackets behind a mark are not understood')
  const parts = pattern.split('/')
  if (!isPlain(parts)) throw unreadable(given, 'it has an empty name, ".", or ".." elsewhere than at its beginning')
  const names = parts.map((name) => nameOf(name, given))
  // `src/**` may be `src` itself, so the slash does not count.
  const begin = /^[^*?[]*/.exec(pattern)![0].replace(/\/$/, '')
  const end = /[^*?[\]/]*$/.exec(pattern)![0]
  return { begin: fold(begin), end: fold(end), names }
}

function isPlain(names: readonly string[]): boolean {
  const down = names.findIndex((name) => name !== '..')
  return names.every(
    (name, at) => name !== '.' && (name !== '..' || at < down) && (name !== '' || (at === 0 && names.length > 1)),
  )
}

function nameOf(text: string, given: string): Name {
  if (text === '**') return FOLDERS
  if (!/[*?[\]]/.test(text)) return fold(text)
  const marks: Mark[] = []
  for (const [part, set] of text.matchAll(/\*+|\[([!^]?[\w.-]+)\]|./gs)) {
    if (part[0] === '*') marks.push(MANY)
    else if (part === '?') marks.push(ONE)
    else if (set !== undefined) marks.push(setOf(set, given))
    else if (part === '[' || part === ']')
      throw unreadable(given, `"${part}" stands alone, or holds more than letters and numbers`)
    else marks.push(fold(part))
  }
  return marks
}

function setOf(text: string, given: string): RegExp {
  try {
    return new RegExp(`^[${text.replace(/^!/, '^').replaceAll('.', '\\.')}]$`, folds ? 'i' : '')
  } catch {
    throw unreadable(given, `"[${text}]" goes from a later letter to an earlier one`)
  }
}

/** In time that grows with value times pattern at most: whoever chose the value may want to keep us busy. */
function fitsWay({ begin, end, names }: Way, given: string, strict: boolean): boolean {
  const value = fold(given)
  if (!value.startsWith(begin)) return false
  const last = names.length - 1
  // `folder/**` of a rule that forbids is the folder itself as well.
  if (names[last] !== FOLDERS && !value.endsWith(end)) return false
  const parts = value.split('/')
  let name = 0
  let part = 0
  let backName = -1
  let backPart = 0
  while (part < parts.length) {
    const wanted = names[name]
    if (wanted === FOLDERS) {
      backName = ++name
      backPart = part
    } else if (wanted !== undefined && fitsName(wanted, parts[part]!, strict)) {
      name++
      part++
    } else if (backName !== -1 && standsFor(parts[backPart]!, strict)) {
      part = ++backPart
      name = backName
    } else return false
  }
  while (strict && name > 0 && names[name] === FOLDERS) name++
  return name === names.length
}

/** Whether a mark may stand for a name: never for `..`, and for a hidden one only where that is stricter. */
const standsFor = (name: string, strict: boolean): boolean => name[0] !== '.' || (strict && name !== '.' && name !== '..')

function fitsName(wanted: Name, name: string, strict: boolean): boolean {
  if (typeof wanted === 'string') return wanted === name
  if (wanted === FOLDERS || name === '' || name === '.' || name === '..') return false
  const [first] = wanted
  if (typeof first !== 'string' && !standsFor(name, strict)) return false
  let mark = 0
  let at = 0
  let backMark = -1
  let backAt = 0
  while (at < name.length) {
    const one = wanted[mark]
    if (one === MANY) {
      backMark = ++mark
      backAt = at
    } else if (
      one !== undefined &&
      (one === ONE || (typeof one === 'string' ? one === name[at] : (one as RegExp).test(name[at]!)))
    ) {
      mark++
      at++
    } else if (backMark !== -1) {
      at = ++backAt
      mark = backMark
    } else return false
  }
  while (wanted[mark] === MANY) mark++
  return mark === wanted.length
}
