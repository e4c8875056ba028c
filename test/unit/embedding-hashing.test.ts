import { describe, expect, test } from 'vitest'
import { createHashingEmbedder } from '../../sidecar/memory/embedding/embedder.ts'

const dot = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  a && b ? a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0) : Number.NaN

describe('the hashing embedder', () => {
  test('gives one unit vector a text, of the dimensions asked for', async () => {
    const embedder = createHashingEmbedder(64)
    const vectors = await embedder.embed(['We hiked up the hill', 'Grüße aus Köln', '東京'])
    expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64])
    for (const vector of vectors) expect(dot(vector, vector)).toBeCloseTo(1, 5)
    expect(embedder.dimensions).toBe(64)
  })

  test('is the same in every run, and names its dimensions in its id', async () => {
    const [a] = await createHashingEmbedder().embed(['the same text'])
    const [b] = await createHashingEmbedder().embed(['the same text'])
    expect(a).toEqual(b)
    expect(createHashingEmbedder().id).toBe('hashing-256@1')
    expect(createHashingEmbedder(64).id).not.toBe(createHashingEmbedder().id)
  })

  test('finds the text that shares words or word stems nearest, whatever their case and accents', async () => {
    const [asked, near, far] = await createHashingEmbedder().embed([
      'hiking in the CAFE district',
      'they hiked past the café',
      'invoice for the quarterly audit',
    ])
    expect(dot(asked, near)).toBeGreaterThan(dot(asked, far) + 0.1)
  })

  test('gives a text without content the zero vector', async () => {
    const [empty, marks] = await createHashingEmbedder().embed(['', ' ?! '])
    expect(empty?.every((value) => value === 0)).toBe(true)
    expect(marks?.every((value) => value === 0)).toBe(true)
  })
})
