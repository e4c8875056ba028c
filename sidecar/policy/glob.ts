import { matchesGlob, sep } from 'node:path'

/**
 * A file pattern, read once: `*` and `?` stand for anything within one name, `[ab]` for one of these, `{a,b}` for either, `**` for any
 * folders. What Node's `matchesGlob` knows beyond that is left to it.
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

function read(pattern: string): Glob {
  if (!/[*?[\]{}()\\]/.test(pattern) && !hasOddNames(pattern)) return { fits: (value) => value === pattern }
  const ways = sep === '/' ? waysOf(pattern) : undefined
  const [only, ...others] = ways?.map(wayOf) ?? []
  if (!only || others.includes(undefined)) return { fits: (value) => matchesGlob(value, pattern) }
  if (others.length === 0) return { fits: (value, strict) => fitsWay(only, value, strict) }
  return { fits: (value, strict) => [only, ...others].some((way) => fitsWay(way!, value, strict)) }
}

/** Empty names, `.` and `..` are tidied away by Node in ways of its own. */
const hasOddNames = (pattern: string): boolean => /(?:^\.{0,2}$|^\.{1,2}\/|\/\.{0,2}(?:\/|$))/.test(pattern)

/** What braces stand for; undefined where they are nested, ranges or not whole. */
function waysOf(pattern: string): string[] | undefined {
  const [all, before, inner, rest] = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern) ?? []
  if (all === undefined) return /[{}]/.test(pattern) ? undefined : [pattern]
  const choices = inner!.split(',')
  const after = waysOf(rest!)
  if (choices.length < 2 || !after || choices.length * after.length > MOST_WAYS) return undefined
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

function wayOf(pattern: string): Way | undefined {
  if (/[()\\]/.test(pattern) || hasOddNames(pattern)) return undefined
  const names = pattern.split('/').map(nameOf)
  if (names.includes(undefined)) return undefined
  // `src/**` may be `src` itself, so the slash does not count.
  const begin = /^[^*?[]*/.exec(pattern)![0].replace(/\/$/, '')
  const end = /[^*?[\]/]*$/.exec(pattern)![0]
  return { begin: fold(begin), end: fold(end), names: names as Name[] }
}

function nameOf(text: string): Name | undefined {
  if (text === '**') return FOLDERS
  if (!/[*?[\]]/.test(text)) return fold(text)
  const marks: Mark[] = []
  for (const [part, set] of text.matchAll(/\*+|\[(!?[\w.-]+)\]|./gs)) {
    if (part[0] === '*') marks.push(MANY)
    else if (part === '?') marks.push(ONE)
    else if (set !== undefined) {
      const inner = setOf(set)
      if (!inner) return undefined
      marks.push(inner)
    } else if (part === '[' || part === ']') return undefined
    else marks.push(fold(part))
  }
  return marks
}

function setOf(text: string): RegExp | undefined {
  try {
    return new RegExp(`^[${text.replace(/^!/, '^').replaceAll('.', '\\.')}]$`, folds ? 'i' : '')
  } catch {
    return undefined
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
