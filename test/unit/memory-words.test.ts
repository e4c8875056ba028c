import { describe, expect, it } from 'vitest'
import { pairsOf } from '../../sidecar/memory/pairs.ts'
import { fuse } from '../../sidecar/memory/search/fuse.ts'
import { timeIn } from '../../sidecar/memory/search/time-expression.ts'
import { cosine, toBytes } from '../../sidecar/memory/search/vector.ts'
import { parseWhen } from '../../sidecar/memory/when.ts'
import { tellingWords, wordsOf } from '../../sidecar/memory/words.ts'

describe('times in any usual wording', () => {
  it.each([
    ['1:56 pm on 8 May, 2023', '2023-05-08T13:56:00.000Z'],
    ['12:05 am on 1 January, 2024', '2024-01-01T00:05:00.000Z'],
    ['2026-05-01', '2026-05-01T00:00:00.000Z'],
    ['2026-05-01T10:00:00+02:00', '2026-05-01T08:00:00.000Z'],
    ['2026-05-01 23:30-01:30', '2026-05-02T01:00:00.000Z'],
    ['May 8, 2023', '2023-05-08T00:00:00.000Z'],
    ['8th of May 2023 at 7pm', '2023-05-08T19:00:00.000Z'],
    ['8. Mai 2023, 14:30', '2023-05-08T14:30:00.000Z'],
    ['8.5.2023', '2023-05-08T00:00:00.000Z'],
    ['5/8/2023', '2023-05-08T00:00:00.000Z'],
    ['March 2026', '2026-03-01T00:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['1700000000000', '2023-11-14T22:13:20.000Z'],
  ])('%s', (text, iso) => {
    expect(parseWhen(text)).toBe(iso)
  })

  it.each(['whenever', '30 February 2024', '2024-13-01', '25:00 on 1 May 2024', '', 'the 2023'])('refuses "%s"', (text) => {
    expect(() => parseWhen(text)).toThrow(/no time that can be read/)
  })
})

describe('times that a query names', () => {
  const now = '2026-11-21T12:00:00.000Z'
  it.each([
    ['what did I do last May', '2026-05-01', '2026-06-01'],
    ['what happened in December', '2025-12-01', '2026-01-01'],
    ['who came on 8 May 2023?', '2023-05-08', '2023-05-09'],
    ['what was said yesterday', '2026-11-20', '2026-11-21'],
    ['was war gestern', '2026-11-20', '2026-11-21'],
    ['two weeks ago', '2026-11-03', '2026-11-12'],
    ['vor drei Monaten', '2026-08-01', '2026-09-01'],
    ['trips in 2024', '2024-01-01', '2025-01-01'],
    ['on 2024-02-29', '2024-02-29', '2024-03-01'],
  ])('%s', (query, from, to) => {
    expect(timeIn(query, now)).toEqual({ from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` })
  })

  it.each(['may I have tea', 'the march of time', 'room 2024', 'who is April'])('names none: %s', (query) => {
    expect(timeIn(query, now)).toBeUndefined()
  })
})

describe('words', () => {
  it('drops what says nothing, in English and German, unless nothing is left', () => {
    expect(tellingWords(wordsOf('What did the Cat eat, and wann hat sie die Maus?'))).toEqual(['cat', 'eat', 'maus'])
    expect(tellingWords(wordsOf('who are you'))).toEqual(['who', 'are', 'you'])
  })

  it('cuts Chinese, Japanese and Korean into pairs', () => {
    expect(pairsOf('I live in 東京都 and eat 寿')).toBe('東京 京都 寿')
    expect(pairsOf('nothing of that')).toBe('')
  })
})

describe('vectors', () => {
  const random = (seed: number): Float32Array => {
    let state = seed
    const vector = Float32Array.from({ length: 256 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 31 - 1
    })
    const length = Math.hypot(...vector)
    return vector.map((value) => value / length)
  }

  it('keep their likeness within a hundredth as bytes', () => {
    for (let seed = 1; seed < 50; seed++) {
      const [a, b] = [random(seed), random(seed * 7 + 3)]
      const exact = a.reduce((sum, value, at) => sum + value * b[at]!, 0)
      expect(Math.abs(cosine(a, toBytes(b)) - exact)).toBeLessThan(0.01)
    }
    expect(cosine(random(1), toBytes(new Float32Array(256)))).toBe(0)
  })
})

describe('fusion', () => {
  const words = [
    { n: 1, score: 10 },
    { n: 2, score: 5 },
  ]
  const meaning = [
    { n: 2, score: 0.8 },
    { n: 3, score: 0.4 },
  ]

  it('weighs each leg on the scale of its own best, and says what each gave', () => {
    const fused = fuse(words, meaning, { weight: 0.4 })
    expect(fused.get(1)!.score).toBeCloseTo(0.6)
    expect(fused.get(2)!.score).toBeCloseTo(0.7)
    expect(fused.get(3)!.score).toBeCloseTo(0.2)
    expect(fused.get(2)!.why).toMatchObject({ fusion: 'convex', words: { score: 5, rank: 2 }, meaning: { score: 0.8, rank: 1 } })
  })

  it('goes by rank alone where no weight is known', () => {
    const fused = fuse(words, meaning, 'rrf')
    expect(fused.get(2)!.score).toBeGreaterThan(fused.get(1)!.score)
    expect(fused.get(1)!.why.fusion).toBe('rrf')
  })
})
