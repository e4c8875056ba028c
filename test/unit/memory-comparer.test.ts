import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Comparer } from '../../sidecar/memory/embedding/comparer.ts'
import { StoredVectors } from '../../sidecar/memory/embedding/stored-vectors.ts'

const floats = (length: number) =>
  fc
    .array(fc.integer({ min: -1000, max: 1000 }), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values, (value) => value / 1000))
const bytes = (length: number) =>
  fc.array(fc.integer({ min: -127, max: 127 }), { minLength: length, maxLength: length }).map((values) => Int8Array.from(values))

/** As its definition has it, in doubles. */
function cosine(asked: Float32Array, stored: ArrayLike<number>): number {
  let dot = 0
  let square = 0
  for (let at = 0; at < asked.length; at++) {
    dot += asked[at]! * stored[at]!
    square += stored[at]! ** 2
  }
  return square === 0 ? 0 : dot / Math.sqrt(square)
}

const query = fc
  .record({ dimensions: fc.integer({ min: 1, max: 70 }), count: fc.integer({ min: 1, max: 5 }) })
  .chain(({ dimensions, count }) =>
    fc.record({
      asked: fc.array(floats(dimensions), { minLength: count, maxLength: count }),
      stored: fc.array(fc.oneof(bytes(dimensions), floats(dimensions)), { minLength: 1, maxLength: 4 }),
    }),
  )

it('compares bytes and floats of any number of dimensions, whoever else compares in between', () => {
  fc.assert(
    fc.property(fc.array(query, { minLength: 1, maxLength: 4 }), (queries) => {
      const comparers = queries.map(({ asked }) => {
        const dimensions = asked[0]!.length
        const all = new Float32Array(asked.length * dimensions)
        asked.forEach((vector, nth) => {
          all.set(vector, nth * dimensions)
        })
        return new Comparer(all, dimensions)
      })
      for (let round = 0; round < 4; round++)
        queries.forEach(({ asked, stored }, at) => {
          const one = stored[round % stored.length]!
          const found = [...comparers[at]!.with(one)].slice(0, asked.length)
          asked.forEach((vector, nth) => {
            expect(found[nth]).toBeCloseTo(cosine(vector, one), 3)
          })
        })
    }),
  )
})

it('takes all that an endpoint may give, and is at zero for the zero vector', () => {
  const vector = new Float32Array(3072).fill(1 / Math.sqrt(3072))
  const comparer = new Comparer(vector, 3072)
  expect(comparer.with(new Int8Array(3072).fill(127))[0]).toBeCloseTo(1, 5)
  expect(comparer.with(new Int8Array(3072))[0]).toBe(0)
  expect(() => comparer.with(new Int8Array(4000))).toThrow(RangeError)
})

const many = fc.integer({ min: 1, max: 70 }).chain((dimensions) =>
  fc.record({
    asked: fc.array(floats(dimensions), { minLength: 1, maxLength: 3 }),
    stored: fc.array(bytes(dimensions), { maxLength: 40 }),
  }),
)

it('compares many stored vectors at once with one after the other, whoever else compares in between', () => {
  fc.assert(
    fc.property(fc.array(many, { minLength: 1, maxLength: 4 }), (all) => {
      const sets = all.map(({ stored }) => new StoredVectors(stored))
      for (let round = 0; round < 3; round++)
        all.forEach(({ asked, stored }, at) => {
          const vector = asked[round % asked.length]!
          const found = sets[at]!.likenessTo(vector)
          expect(found).toHaveLength(stored.length)
          stored.forEach((one, nth) => {
            expect(found[nth]).toBeCloseTo(cosine(vector, one), 3)
          })
        })
    }),
  )
  const widest = new StoredVectors([new Int8Array(3072).fill(127), new Int8Array(3072)])
  expect([...widest.likenessTo(new Float32Array(3072).fill(1 / Math.sqrt(3072)))]).toEqual([expect.closeTo(1, 5), 0])
})
