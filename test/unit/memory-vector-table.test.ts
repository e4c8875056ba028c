import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes } from '../../sidecar/memory/search/vector.ts'
import { VectorTable } from '../../sidecar/memory/search/vector-table.ts'
import { rangeOf } from '../../sidecar/memory/shelf.ts'

const DIMENSIONS = 96

/** A vector like no other, the same for the same seed. */
function vectorOf(seed: number, dimensions = 256): Float32Array {
  let state = Math.imul(seed + 1, 2654435761) >>> 0
  return Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

function differing(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = 0
  for (let at = 0; at < a.length; at++) if (a[at]! > 0 !== b[at]! > 0) count++
  return count
}

describe('vectors in memory', () => {
  const [first, second] = [rangeOf(1), rangeOf(2)]

  it('are found by their signs, within the range, also after others went', () => {
    const table = new VectorTable(256)
    for (let n = 1; n <= 1500; n++) table.set(first.from + n, toBytes(vectorOf(n)))
    for (let n = 1; n <= 5; n++) table.set(second.from + n, toBytes(vectorOf(n)))
    expect(table.nearest(vectorOf(77), [first], undefined, 1)).toEqual([first.from + 77])
    expect(table.nearest(vectorOf(77), [second], undefined, 3).every((n) => n > second.from && n < second.to)).toBe(true)
    for (let n = 1; n <= 76; n++) table.delete(first.from + n)
    expect(table.nearest(vectorOf(77), [first], undefined, 1)).toEqual([first.from + 77])
    expect(table.nearest(vectorOf(5), [first], undefined, 1500)).toHaveLength(1424)
    expect(table.nearest(vectorOf(77), [first], new Set([first.from + 80, first.from + 81]), 10).sort()).toEqual([
      first.from + 80,
      first.from + 81,
    ])
    expect(table.has(first.from + 5)).toBe(false)
    expect(table.held(first.from + 5)).toBeUndefined()
  })

  it('are held as far as there is room, and each stays its own whatever goes', () => {
    const change = fc.record({ shelf: fc.integer({ min: 1, max: 2 }), n: fc.integer({ min: 1, max: 1200 }), goes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.integer({ min: 0, max: 3 }), (changes, blocks) => {
        const table = new VectorTable(DIMENSIONS, blocks * 512 * DIMENSIONS)
        const there = new Map<number, Int8Array>()
        const enter = (n: number, seed: number): void => {
          const vector = toBytes(vectorOf(seed, DIMENSIONS))
          table.set(n, vector)
          there.set(n, vector)
        }
        for (let n = 1; n <= 600; n++) enter(first.from + n, n)
        changes.forEach(({ shelf, n, goes }, at) => {
          const number = rangeOf(shelf).from + n
          if (goes) {
            table.delete(number)
            there.delete(number)
          } else enter(number, 10_000 + at)
        })
        let held = 0
        for (const [n, vector] of there) {
          const known = table.held(n)
          if (known) expect(known).toEqual(vector)
          held += known?.length ?? 0
        }
        expect(held).toBeLessThanOrEqual(blocks * 512 * DIMENSIONS)
        const query = vectorOf(99_999, DIMENSIONS)
        const found = table.nearest(query, [first, second], undefined, 20)
        const distances = [...there.values()].map((vector) => differing(query, vector)).sort((a, b) => a - b)
        const limit = distances[Math.min(20, there.size) - 1]!
        const nearest = [...there].filter(([, vector]) => differing(query, vector) <= limit).map(([n]) => n)
        expect(found.sort()).toEqual(nearest.sort())
      }),
      { numRuns: 30 },
    )
  })
})
