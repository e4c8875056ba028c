import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Growth } from '../../sidecar/audit/merkle/growth.ts'
import { fromBytes, type Hash, leafHash, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { Lanes } from '../../sidecar/audit/merkle/lanes.ts'

const lanes = new Lanes()
const hashesIn = (bytes: Buffer): Hash[] =>
  Array.from({ length: bytes.length / 32 }, (_, n) => fromBytes(bytes.subarray(n * 32, n * 32 + 32)))

test('entries of every length have the hash that one by one gives, whatever stands beside them', () => {
  const entries = Array.from({ length: 700 }, (_, n) => `{"a${'é'.repeat(n % 9)}${'x'.repeat((n * 37) % 701)}`)
  const found = lanes.leaves(Buffer.from(entries.join('\n')))!
  expect(hashesIn(found.leaves)).toEqual(entries.map(leafHash))
  expect(found.others).toEqual([])
})

test('other lines are told apart, with their places', () => {
  const found = lanes.leaves(Buffer.from('{"type":1}\n{"actor":1}\n\n{"actor":2}\n{"b":1}\n{"'))!
  expect(hashesIn(found.leaves)).toEqual(['{"actor":1}', '{"actor":2}'].map(leafHash))
  expect(found.others).toEqual([
    { line: '{"type":1}', before: 0 },
    { line: '', before: 1 },
    { line: '{"b":1}', before: 2 },
    { line: '{"', before: 2 },
  ])
})

test('more than fits at once goes through in parts; a line that never fits is said', () => {
  const entries = Array.from({ length: 5000 }, (_, n) => `{"a":"${'y'.repeat(800)}${n}"}`)
  expect(hashesIn(lanes.leaves(Buffer.from(entries.join('\n')))!.leaves)).toEqual(entries.map(leafHash))
  expect(lanes.leaves(Buffer.from(`{"a":"${'y'.repeat(3_000_000)}"}`))).toBeUndefined()
  expect(lanes.leaves(Buffer.from('\n'.repeat(40_000)))).toBeUndefined()
})

test('stretches put together are the tree, wherever they begin and end', () => {
  const leaf = (n: number): Hash => leafHash(`entry ${n}`)
  fc.assert(
    fc.property(fc.nat(700), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }), (start, widths) => {
      const told: [number, number, Hash][] = []
      const expected: typeof told = []
      const tree = new Growth()
      for (let n = 0; n < start; n++) tree.append(leaf(n))
      const grown = tree.clone()
      let end = start
      const cuts = widths.map((width) => (end += width))
      const leaves = Buffer.concat(Array.from({ length: end - start }, (_, n) => toBytes(leaf(start + n))))
      for (const stretch of lanes.stretches(start, leaves, cuts, 4)) {
        for (const { height, position, root } of stretch.inner) told.push([height, position, root])
        for (const subtree of stretch.subtrees)
          grown.graft(subtree, (height, position, root) => height % 4 === 0 && told.push([height, position, root]))
        expect(grown.size).toBe(stretch.end)
        while (tree.size < stretch.end)
          tree.append(leaf(tree.size), (height, position, root) => height % 4 === 0 && expected.push([height, position, root]))
        expect(grown.root()).toBe(tree.root())
      }
      const order = (a: (typeof told)[0], b: (typeof told)[0]): number => a[0] - b[0] || a[1] - b[1]
      expect(told.sort(order)).toEqual(expected.sort(order))
      expect(grown.peaks).toEqual(tree.peaks)
    }),
    { numRuns: 60 },
  )
})

test('a subtree stands only where it fits', () => {
  const tree = new Growth()
  tree.append(leafHash('a'))
  expect(() => tree.graft({ height: 1, root: leafHash('b') })).toThrow(RangeError)
})
