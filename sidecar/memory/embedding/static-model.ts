import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'
import type { Compared, Embedder } from './embedder.ts'
import { malformed, readSafetensors, type Tensor, toBytes, toFloats, toIntegers } from './safetensors.ts'
import type { StaticModel } from './static-tables.ts'
import { TokenMatch } from './token-match.ts'
import { normalise } from './vector.ts'
import { readTokenizer, type Tokenizer } from './wordpiece.ts'

/** As Model2Vec: what stands after this many tokens adds nothing to the mean. */
const MOST_TOKENS = 512
/** Enough characters for that many tokens, so that a book costs no more than its first pages. */
const MOST_CHARACTERS = MOST_TOKENS * 32

/**
 * Loads a model in Model2Vec's format from a folder: `model.safetensors` with `embeddings` (F32, F16, F64 or I8) and, if it
 * has them, `weights` and `mapping`; and `tokenizer.json`. The id is the folder's name and the hash of both files.
 */
export async function loadStaticModel(folder: string): Promise<Embedder> {
  const tensorFile = join(folder, 'model.safetensors')
  const tokenizerFile = join(folder, 'tokenizer.json')
  // One after the other, so that of two that are missing it is always the same that is named.
  const tensors = await readModelFile(tensorFile)
  const tokenizer = await readModelFile(tokenizerFile)
  const hash = createHash('sha256').update(tensors).update(tokenizer).digest('hex').slice(0, 12)
  const model = assemble(
    readSafetensors(tensors, tensorFile),
    readTokenizer(tokenizer.toString('utf8'), tokenizerFile),
    tensorFile,
  )
  return {
    id: `${basename(resolve(folder))}@${hash}`,
    dimensions: model.dimensions,
    embed: async (texts) => texts.map((text) => embedText(text, model)),
    compare: (query, texts) => compareTexts(query, texts, model),
  }
}

async function readModelFile(file: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(file)
  } catch (error) {
    const hint = 'Name the folder of a Model2Vec model: it holds model.safetensors and tokenizer.json.'
    throw new OxbowError('NOT_FOUND', 'memory.embeddingModelMissing', `${file} cannot be read`, hint, error)
  }
}

function assemble(tensors: ReadonlyMap<string, Tensor>, tokenizer: Tokenizer, file: string): StaticModel {
  const name = tensors.has('embedding.weight') ? 'embedding.weight' : 'embeddings'
  const embeddings = tensors.get(name)
  if (!embeddings) throw malformed(file, `it has no tensor "embeddings", only: ${[...tensors.keys()].join(', ') || 'none'}`)
  const [count, dimensions] = embeddings.shape
  if (embeddings.shape.length !== 2 || !count || !dimensions) {
    throw malformed(file, `its tensor "${name}" has the shape [${embeddings.shape.join(', ')}]; it must be [tokens, dimensions]`)
  }
  const weights = tensors.get('weights')
  const mapping = tensors.get('mapping')
  const model = {
    dimensions,
    tokenizer,
    table: embeddings.dtype === 'I8' ? toBytes(embeddings) : toFloats(embeddings, name, file),
    weights: weights && toFloats(weights, 'weights', file),
    rows: mapping && toIntegers(mapping, 'mapping', file),
  }
  const covered = { [name]: model.rows ? undefined : count, weights: model.weights?.length, mapping: model.rows?.length }
  for (const [tensor, length] of Object.entries(covered)) {
    if (length !== undefined && length < tokenizer.size) {
      throw malformed(file, `its tensor "${tensor}" covers ${length} tokens and the tokenizer has ${tokenizer.size}`)
    }
  }
  if (model.rows?.some((row) => row < 0 || row >= count))
    throw malformed(file, 'its tensor "mapping" names a row that is not there')
  return model
}

function embedText(text: string, { dimensions, tokenizer, table, weights, rows }: StaticModel): Float32Array {
  const sum = new Float32Array(dimensions)
  for (const token of tokenizer.encode(text.slice(0, MOST_CHARACTERS), MOST_TOKENS)) {
    const start = (rows ? (rows[token] ?? 0) : token) * dimensions
    const weight = weights ? (weights[token] ?? 0) : 1
    for (let at = 0; at < dimensions; at++) sum[at] = (sum[at] ?? 0) + weight * (table[start + at] ?? 0)
  }
  return normalise(sum)
}

function compareTexts(query: string, texts: readonly string[], model: StaticModel): Compared[] {
  const tokens = (text: string): number[] => model.tokenizer.encode(text.slice(0, MOST_CHARACTERS), MOST_TOKENS)
  const match = new TokenMatch(tokens(query), model)
  return texts.map((text) => match.with(tokens(text)))
}
