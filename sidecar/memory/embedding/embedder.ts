import { normalise } from './vector.ts'

/** Turns texts into vectors whose dot product says how alike they are in meaning. */
export interface Embedder {
  /** `name@hash`. Vectors of different ids are never comparable: a changed id means re-index. */
  readonly id: string
  readonly dimensions: number
  /** One unit vector a text, in order. A text without any content gives the zero vector, which is like nothing. */
  embed(texts: readonly string[]): Promise<Float32Array[]>
  /** How well each text answers to the query token by token; where the embedder knows tokens. In order. */
  compare?(query: string, texts: readonly string[]): Compared[]
}

/** From 0 to 1: how near each of the query's tokens has one like it, in the whole text and in its beginning. */
export interface Compared {
  whole: number
  opening: number
}

const wordWeight = 1
const gramWeight = 0.35
const gramLength = 4
/** Words of so few letters are mostly "the", "and", "was": they say little. */
const fewLetters = 3
const fewWeight = 0.25
/** Beyond this a "word" is a blob (base64, a long link): its first characters say enough. */
const longestWord = 64

/**
 * The embedder without a model: signed hashing of words and of character four-grams (so that "hiking" and "hiked" meet),
 * the same on every machine and for ever. It knows spelling, not meaning.
 */
export function createHashingEmbedder(dimensions = 256): Embedder {
  return {
    id: `hashing-${dimensions}@1`,
    dimensions,
    embed: async (texts) => texts.map((text) => hashText(text, dimensions)),
  }
}

function hashText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const [word, count] of countWords(text)) {
    const strength = (1 + Math.log(count)) * (word.length <= fewLetters ? fewWeight : 1)
    add(vector, `w:${word}`, wordWeight * strength)
    const padded = `<${word}>`
    for (let at = 0; at + gramLength <= padded.length; at++) {
      add(vector, padded.slice(at, at + gramLength), gramWeight * strength)
    }
  }
  return normalise(vector)
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  for (const [found] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    const word = found.slice(0, longestWord)
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

function add(vector: Float32Array, feature: string, weight: number): void {
  const hash = fnv1a(feature)
  const slot = (hash >>> 1) % vector.length
  vector[slot] = (vector[slot] ?? 0) + (hash & 1 ? weight : -weight)
}

/** FNV-1a over UTF-16 code units, with a final mix: the low bits of plain FNV depend too much on the last character. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return hash >>> 0
}
