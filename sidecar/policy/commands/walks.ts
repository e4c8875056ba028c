import type { Word } from './words.ts'

/** Tests of find that leave out most of what is there. Those of kind, depth, size, owner and rights may leave out nothing. */
const NARROWING = /^-(?:i?name|i?path|i?wholename|i?regex|i?lname|empty|newer.*|[acm]time|[acm]min)$/
/** What lets through what a test left out. */
const OTHERWISE = /^(?:-o|-or|,)$/
const ACTING = /^(?:-delete|-exec|-execdir|-ok|-okdir)$/
const STARTING = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/

/**
 * Whether a walk is told to leave something out before it acts: `find . -name '*.o' -delete`, but not `find . -name '*'`, nor what
 * stands behind the deed or beside an "or".
 */
export function isNarrowed(words: readonly Word[]): boolean {
  if (words.some((word) => word !== undefined && OTHERWISE.test(word))) return false
  const deed = words.findIndex((word) => word !== undefined && ACTING.test(word))
  return words.slice(0, deed < 0 ? undefined : deed).some((word, at) => {
    if (word === undefined || !NARROWING.test(word) || words[at - 1] === '!' || words[at - 1] === '-not') return false
    return word === '-empty' || !/^[*?[\]./]*$/.test(words[at + 1] ?? '.')
  })
}

/** Where a walk begins. */
export function rootsOf(words: readonly Word[]): Word[] {
  const end = words.findIndex((word) => word !== undefined && /^[-!(]/.test(word) && !/^-[HLPO]/.test(word))
  const roots = (end < 0 ? words : words.slice(0, end)).filter((word) => !/^-/.test(word ?? ''))
  return roots.length > 0 ? roots : ['.']
}

/** Whether a word of a walk stands for what it finds, which is judged where it starts something for that. */
export const isFound = (word: string, name: string, words: readonly Word[]): boolean =>
  word === '{}' && isWalk(name) && !rootsOf(words).includes(word)

export const isWalk = (name: string): boolean => name === 'find' || name === 'fd'

/** Every `-exec … ;` of find, and `-x …` of fd; `{}` is something below where it looks, or all that is there. */
export function executed(name: string, words: readonly Word[]): Word[][] {
  const roots = name === 'find' ? rootsOf(words) : ['.']
  const places = roots.map((root) => placeBelow(root, name === 'fd' || isNarrowed(words)))
  const found: Word[][] = []
  words.forEach((word, at) => {
    if (word === undefined || !STARTING.test(word)) return
    const rest = words.slice(at + 1)
    const end = rest.findIndex((next) => next === ';' || next === '+')
    const given = end < 0 ? rest : rest.slice(0, end)
    const inPlace = given.flatMap((next) => (next === '{}' ? places : next?.includes('{}') ? [undefined] : [next]))
    // Without `{}` fd adds what it found.
    found.push(name === 'fd' && !given.includes('{}') ? [...inPlace, ...places] : inPlace)
  })
  return found
}

/** What a walk writes into a pipe, as places; undefined where it is no walk. */
export function foundBelow([name, ...words]: readonly Word[]): string[] | undefined {
  if (name !== 'find') return undefined
  const places = rootsOf(words).map((root) => placeBelow(root, isNarrowed(words)))
  return places.includes(undefined) ? undefined : (places as string[])
}

const placeBelow = (root: Word, narrowed: boolean): Word =>
  root === undefined ? undefined : narrowed ? `${root.replace(/\/$/, '')}/{}` : root
