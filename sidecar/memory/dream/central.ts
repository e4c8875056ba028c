import type { Embedder } from '../embedding/embedder.ts'
import { ownSentences } from '../learn/sentences.ts'

/** Sentences that are compared with each other; of more, evenly chosen ones. */
const MOST_COMPARED = 400
/** A sentence this like one that is chosen already says nothing new. */
const SAID = 0.85

/**
 * The sentences that say most of what all say: those nearest to the others in meaning, without saying anything twice.
 * @returns their places, in order
 */
export async function centralOf(sentences: readonly string[], most: number, embedder: Embedder | undefined): Promise<number[]> {
  const step = Math.max(1, sentences.length / MOST_COMPARED)
  const places = Array.from({ length: Math.min(sentences.length, MOST_COMPARED) }, (_, at) => Math.floor(at * step))
  // Without an embedder: the first of as many parts.
  if (!embedder) return places.filter((_, at) => at % Math.max(1, Math.ceil(places.length / most)) === 0).slice(0, most)
  const vectors = await embedder.embed(places.map((at) => sentences[at]!))
  const mean = new Float32Array(embedder.dimensions)
  for (const vector of vectors) for (let at = 0; at < mean.length; at++) mean[at]! += vector[at]!
  const ranked = vectors.map((vector, at) => ({ at, vector, score: dot(vector, mean) })).sort((a, b) => b.score - a.score)
  const chosen: typeof ranked = []
  for (const one of ranked) {
    if (chosen.length === most) break
    if (chosen.every(({ vector }) => dot(vector, one.vector) < SAID)) chosen.push(one)
  }
  return chosen.map(({ at }) => places[at]!).sort((a, b) => a - b)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

/** Of one text: what is longer was pasted. */
const MOST_OF_TEXT = 1500
const MOST_SENTENCE = 300

/** The central sentences of texts, in their order. */
export async function centralSentences(
  texts: readonly string[],
  most: number,
  embedder: Embedder | undefined,
): Promise<string[]> {
  const sentences = [
    ...new Set(
      texts.flatMap((text) => {
        const own = ownSentences(text.slice(0, MOST_OF_TEXT))
        return own.length > 0 ? own : [text.slice(0, MOST_SENTENCE).toWellFormed().replace(/\s+/g, ' ').trim()]
      }),
    ),
  ].filter((sentence) => sentence !== '')
  const places = await centralOf(sentences, most, embedder)
  return places.map((at) => sentences[at]!)
}
