import { likeness } from '../search/vector.ts'
import { tellingWords, wordsOf } from '../words.ts'

/** A message less like the topic so far than this begins another one. Measured: see test/unit/memory-recall-topic. */
export const SAME_TOPIC = 0.32
/** Fewer telling words ("yes, do that") say nothing of a topic. */
const FEWEST_WORDS = 3
/** Messages back that a topic is made of; the newest counts most. */
export const TOPIC_MESSAGES = 5
const OLDER = 0.7

/** Whether a message says enough to tell its topic. */
export const tellsTopic = (text: string): boolean => {
  const words = wordsOf(text)
  return words.length > FEWEST_WORDS && tellingWords(words).length >= FEWEST_WORDS
}

/** How like a message is to what was talked of before, from -1 to 1. @param before newest first; not empty */
export function topicLikeness(message: Int8Array, before: readonly Int8Array[]): number {
  const sum = new Float32Array(message.length)
  before.slice(0, TOPIC_MESSAGES).forEach((vector, back) => {
    const length = Math.hypot(...vector) || 1
    for (let at = 0; at < sum.length; at++) sum[at]! += (vector[at]! / length) * OLDER ** back
  })
  const mean = toSigned(sum)
  // The nearest single message counts as well: people come back to what they said before.
  return Math.max(likeness(message, mean), ...before.slice(0, TOPIC_MESSAGES).map((vector) => likeness(message, vector)))
}

function toSigned(vector: Float32Array): Int8Array {
  const most = Math.max(...vector.map(Math.abs)) || 1
  return Int8Array.from(vector, (value) => Math.round((value / most) * 127))
}
