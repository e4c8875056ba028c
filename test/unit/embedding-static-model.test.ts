import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadStaticModel } from '../../sidecar/memory/embedding/static-model.ts'

const bundled = join(import.meta.dirname, '../../resources/embedding')
const words = ['[UNK]', 'red', 'green', 'blue']
/** The half of a right angle, as rounded as what `embed` gives. */
const diagonal = Number(Math.SQRT1_2.toFixed(4))
let folder = ''

interface Written {
  dtype: string
  shape: number[]
  data: ArrayBufferView
}

const floats = (values: number[], shape: number[]): Written => ({ dtype: 'F32', shape, data: Float32Array.from(values) })

function safetensors(tensors: Record<string, Written>): Buffer {
  let at = 0
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
      const entry = { dtype, shape, data_offsets: [at, at + data.byteLength] }
      at += data.byteLength
      return [name, entry]
    }),
  )
  const text = Buffer.from(JSON.stringify({ __metadata__: { format: 'test' }, ...header }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const bytes = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  return Buffer.concat([length, text, ...bytes])
}

function writeModel(content: Buffer): void {
  writeFileSync(join(folder, 'model.safetensors'), content)
  const normalizer = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  }
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]))
  const model = { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab }
  writeFileSync(
    join(folder, 'tokenizer.json'),
    JSON.stringify({ normalizer, pre_tokenizer: { type: 'BertPreTokenizer' }, model, added_tokens: [] }),
  )
}

async function embed(text: string): Promise<number[]> {
  const [vector] = await (await loadStaticModel(folder)).embed([text])
  return [...(vector ?? [])].map((value) => Number(value.toFixed(4)))
}

const rows = [9, 9, 1, 0, 0, 1, 3, 4]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-model-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a static model', () => {
  test('is the normalised mean of the rows of its tokens, without unknown ones', async () => {
    writeModel(safetensors({ embeddings: floats(rows, [4, 2]) }))
    expect(await embed('red')).toEqual([1, 0])
    expect(await embed('Red GREEN mauve')).toEqual([diagonal, diagonal])
    expect(await embed('blue')).toEqual([0.6, 0.8])
    expect(await embed('mauve')).toEqual([0, 0])
  })

  test('weighs each token, and finds its row through a mapping', async () => {
    writeModel(
      safetensors({
        embeddings: floats([1, 0, 0, 1], [2, 2]),
        weights: floats([1, 3, 4, 1], [4]),
        mapping: { dtype: 'I64', shape: [4], data: BigInt64Array.from([0n, 0n, 1n, 1n]) },
      }),
    )
    expect(await embed('red green')).toEqual([0.6, 0.8])
  })

  test.each([
    ['F16', Uint16Array.from([0x4880, 0x4880, 0x3c00, 0, 0, 0x3c00, 0x4200, 0x4400])],
    ['F64', Float64Array.from(rows)],
    ['I8', Int8Array.from(rows)],
    ['F32', Float32Array.from(rows)],
  ])('reads numbers of type %s', async (dtype, data) => {
    writeModel(safetensors({ embeddings: { dtype, shape: [4, 2], data } }))
    expect(await embed('blue')).toEqual([0.6, 0.8])
    expect(await embed('red green')).toEqual([diagonal, diagonal])
  })

  test('has an id that changes with its content', async () => {
    writeModel(safetensors({ embeddings: floats(rows, [4, 2]) }))
    const first = (await loadStaticModel(folder)).id
    expect((await loadStaticModel(folder)).id).toBe(first)
    writeModel(safetensors({ embeddings: floats([...rows.slice(0, 7), 5], [4, 2]) }))
    expect((await loadStaticModel(folder)).id).not.toBe(first)
  })
})

describe('a malformed model', () => {
  const good = () => safetensors({ embeddings: floats(rows, [4, 2]) })
  const withLength = (length: bigint) => {
    const content = good()
    content.writeBigUInt64LE(length)
    return content
  }

  test.each<[string, () => Buffer, RegExp]>([
    ['empty', () => Buffer.alloc(0), /it is 0 bytes long/],
    ['cut in its data', () => good().subarray(0, -3), /it ends after \d+ bytes, within its tensor "embeddings"/],
    ['cut in its header', () => good().subarray(0, 20), /within its header/],
    ['of a huge header', () => withLength(2n ** 62n), /its header claims to be/],
    ['of a header longer than the file', () => withLength(99_999n), /within its header of 99999/],
    ['without JSON', () => Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('nope')]), /its header is not JSON/],
    ['without embeddings', () => safetensors({ other: floats([1], [1]) }), /it has no tensor "embeddings", only: other/],
    ['of one dimension', () => safetensors({ embeddings: floats([1, 2, 3, 4], [4]) }), /it must be \[tokens, dimensions\]/],
    ['of a wrong size', () => safetensors({ embeddings: floats(rows, [4, 3]) }), /should take 48 bytes and takes 32/],
    ['of too few rows', () => safetensors({ embeddings: floats([1, 2], [1, 2]) }), /covers 1 tokens and the tokenizer has 4/],
    [
      'of integers',
      () => safetensors({ embeddings: { dtype: 'I32', shape: [4, 2], data: new Int32Array(8) } }),
      /is of type I32; it must be F32, F16, F64 or I8/,
    ],
    [
      'of a mapping astray',
      () =>
        safetensors({
          embeddings: floats(rows, [4, 2]),
          mapping: { dtype: 'I32', shape: [4], data: Int32Array.from([0, 1, 2, 4]) },
        }),
      /names a row that is not there/,
    ],
  ])('%s says what is wrong, and what to do', async (_what, content, message) => {
    writeModel(content())
    const loading = loadStaticModel(folder)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toMatchObject({
      kind: 'BAD_REQUEST',
      code: 'memory.embeddingModelMalformed',
      hint: expect.stringContaining('Model2Vec'),
    })
  })

  test('that is not there is named', async () => {
    await expect(loadStaticModel(join(folder, 'none'))).rejects.toMatchObject({
      kind: 'NOT_FOUND',
      code: 'memory.embeddingModelMissing',
    })
  })
})

describe('the bundled model', () => {
  test('puts what means alike near, though no word is shared', async () => {
    const model = await loadStaticModel(bundled)
    const [asked, near, far] = await model.embed([
      'What pet does Sam have?',
      'My dog loves running in the park',
      'The invoice is due at the end of the quarter',
    ])
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
    expect(model.dimensions).toBe(256)
    expect(dot(asked!, asked!)).toBeCloseTo(1, 5)
    expect(dot(asked!, near!)).toBeGreaterThan(dot(asked!, far!) + 0.15)
  })
})
