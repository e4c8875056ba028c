import { matchesGlob } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globOf } from '../../sidecar/policy/glob.ts'

const names = fc.constantFrom('a', 'b', 'ab', 'ba', '.h', 'c', 'a.b', 'xb')
const marks = fc.constantFrom(
  ...['**', '*', '?', 'a', 'b', 'a*', '*b', 'a?', '*a*b', '.h', '.*', '[ab]', '[!a]b', '[a-c]', '{a,b}', 'a{b,c*}', '**b', '*.b'],
)
/** Places are tidy: `..` stands at their beginning only. */
const joined = (parts: fc.Arbitrary<string>, ...before: string[]) =>
  fc
    .tuple(fc.constantFrom('', '', '/', ...before), fc.array(parts, { minLength: 1, maxLength: 4 }))
    .map(([root, all]) => root + all.join('/'))

/** Node 24 overlooks a hidden last name behind two `**`. */
const overlookedByNode = (pattern: string): boolean => /\*\*\/.*\*\*\/\.\*$/.test(pattern)

describe('patterns of rules', () => {
  test('stand for what Node says they do, and strict ones for no less', () => {
    let fitting = 0
    fc.assert(
      fc.property(joined(names, '../', '../../'), joined(marks), (value, pattern) => {
        fc.pre(!overlookedByNode(pattern))
        const wanted = matchesGlob(value, pattern)
        if (wanted) fitting++
        expect(globOf(pattern).fits(value, false), `${value} ${pattern}`).toBe(wanted)
        if (wanted) expect(globOf(pattern).fits(value, true), `${value} ${pattern}`).toBe(true)
      }),
      { numRuns: 8000 },
    )
    expect(fitting).toBeGreaterThan(40)
  })

  test('stand for a hidden last name behind any folders', () => {
    expect(globOf('**/b/**/.*').fits('a/b/.h', false)).toBe(true)
    expect(globOf('**/b/**/.*').fits('a/b/.h/c', false)).toBe(false)
  })

  test.each([
    ['secret/.env', 'secret/**'],
    ['secret/.git/config', 'secret/**'],
    ['secret', 'secret/**'],
    ['.env', '*'],
    ['a/.hidden/key.pem', '**/*.pem'],
    ['.ssh/id_rsa', '{.ssh,keys}/*'],
  ])('where a rule forbids, %s is covered by %s', (value, pattern) => {
    expect(globOf(pattern).fits(value, true)).toBe(true)
  })

  test.each([
    ['../outside', '**'],
    ['..', '*'],
    ['secrets', 'secret/**'],
    ['secret', 'secret/*'],
    ['a/b', '*'],
  ])('not even then %s by %s', (value, pattern) => {
    expect(globOf(pattern).fits(value, true)).toBe(false)
  })

  test.each([
    ['app/(group)/page.tsx', 'app/(group)/*.tsx'],
    ['../b/x', '../b/*'],
    ['/etc/x', '/etc/**'],
    ['b', '[^a]'],
    ['.', '.'],
  ])('%s is covered by %s', (value, pattern) => {
    expect(globOf(pattern).fits(value, false)).toBe(true)
  })

  test.each([
    '+(a|a*)b',
    '*(a)',
    '@(keys)/**',
    '!(a)',
    '{keys,se{a,b}}/**',
    '{a}',
    '{1..3}',
    '{a',
    'a}',
    '{a,./b}/*',
    'a*/../b',
    'a*//b',
    './a*',
    'a*/',
    '[[:alpha:]]',
    '[z-a]',
    'a[',
    '\\*',
    '{a,b}'.repeat(7),
  ])('that hold more than our marks are refused, not taken for something else: %s', (pattern) => {
    expect(() => globOf(pattern)).toThrow(`"${pattern}" is no pattern that can be read`)
  })

  test('take no longer than value times pattern, whoever chose the value', () => {
    const glob = globOf('**/a*a*a*a*a*a*b/**/a*a*a*a*c/**/x')
    for (const value of ['a'.repeat(60_000), 'a/'.repeat(30_000), `${'a'.repeat(2000)}/`.repeat(30)])
      expect(glob.fits(`${value}y`, true)).toBe(false)
  }, 20_000)
})
