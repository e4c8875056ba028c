import type { Usage } from '../contract/index.ts'

/** What a call may use: set aside before it, and replaced by the truth after it. */
export interface Estimate {
  inputTokens: number
  outputTokens: number
  /** Absent where nobody knows the price. */
  costMicros?: number | undefined
}

/** Tokenizers make no more than one token of this many bytes of common text, in any script. */
const BYTES_PER_TOKEN = 3
/** What an image, a page or a minute of sound comes to, at the vendors' most usual sizes. */
const MEDIA_TOKENS = 1600
/** What an answer seldom passes, where the request does not bound it. */
const USUAL_OUTPUT_TOKENS = 4096

/**
 * A cautious estimate of one model call.
 * @param input.bytes UTF-8 length of all that is sent as text; @param input.media how many files go with it
 * @param price what a usage costs in micro-dollars, undefined where unknown
 */
export function estimateCall(
  input: { bytes: number; media?: number | undefined; maxOutputTokens?: number | undefined },
  price: (usage: Usage) => number | undefined,
): Estimate {
  const inputTokens = Math.ceil(input.bytes / BYTES_PER_TOKEN) + (input.media ?? 0) * MEDIA_TOKENS
  const outputTokens = Math.min(input.maxOutputTokens ?? USUAL_OUTPUT_TOKENS, USUAL_OUTPUT_TOKENS)
  const costMicros = price({ input: inputTokens, output: outputTokens, cacheRead: 0, cacheWrite: 0 })
  return { inputTokens, outputTokens, costMicros }
}
