import type { Word } from './words.ts'

/** What a walk through folders starts for what it finds. */
export interface Executed {
  words: Word[]
  /** Whether it runs for many files. */
  each: boolean
}

/** Tests of find that leave out most of what is there. Those of kind and depth do not. */
const NARROWING =
  /^-(?:i?name|i?path|i?wholename|i?regex|i?lname|empty|newer.*|[acm]time|[acm]min|size|user|group|uid|gid|perm|links|inum|samefile)$/
const STARTING = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/

/** Whether a walk is told to leave something out: `find . -name '*.o'`, but not `find . -name '*'`. */
export function isNarrowed(words: readonly Word[]): boolean {
  return words.some((word, at) => {
    if (word === undefined || !NARROWING.test(word) || words[at - 1] === '!' || words[at - 1] === '-not') return false
    return !/^[*?[\]./]*$/.test(words[at + 1] ?? '.') || word === '-empty'
  })
}

/** Where a walk begins. */
export function rootsOf(words: readonly Word[]): Word[] {
  const end = words.findIndex((word) => word !== undefined && /^[-!(]/.test(word) && !/^-[HLPO]/.test(word))
  const roots = (end < 0 ? words : words.slice(0, end)).filter((word) => !/^-/.test(word ?? ''))
  return roots.length > 0 ? roots : ['.']
}

/** Every `-exec … ;` of find, and `-x …` of fd; `{}` is something below where it looks, or all that is there. */
export function executed(name: string, words: readonly Word[]): Executed[] {
  const roots = name === 'find' ? rootsOf(words) : ['.']
  const places = roots.map((root) => placeBelow(root, name === 'fd' || isNarrowed(words)))
  const found: Executed[] = []
  words.forEach((word, at) => {
    if (word === undefined || !STARTING.test(word)) return
    const rest = words.slice(at + 1)
    const end = rest.findIndex((next) => next === ';' || next === '+')
    const given = end < 0 ? rest : rest.slice(0, end)
    const inPlace = given.flatMap((next) => (next === '{}' ? places : next?.includes('{}') ? [undefined] : [next]))
    // Without `{}` fd adds what it found.
    found.push({ words: name === 'fd' && !given.includes('{}') ? [...inPlace, ...places] : inPlace, each: true })
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
