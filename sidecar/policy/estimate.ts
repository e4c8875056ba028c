import type { Usage } from '../contract/index.ts'

/** What a call may use: set aside before it, and replaced by the truth after it. */
export interface Estimate {
  inputTokens: number
  outputTokens: number
  /** Absent where nobody knows the price. */
  costMicros?: number | undefined
  /** Which state of the price list the cost is reckoned by. */
  priceVersion?: string | undefined
  /** How far the answer may be longer, where budgets have room; absent where it may not. */
  longer?: { mostOutputTokens: number; costMicros(outputTokens: number): number | undefined }
}

/** What a model costs. */
export interface Pricing {
  /** In micro-dollars; undefined where nobody knows. */
  of(usage: Usage): number | undefined
  /** Names the state of the price list; undefined where it has no price. */
  version: string | undefined
}

/** Tokenizers make no more than one token of this many bytes of common text, in any script. */
const BYTES_PER_TOKEN = 3
/** What an image, a page or a minute of sound comes to, at the vendors' most usual sizes. */
const MEDIA_TOKENS = 1600
/** What an answer seldom passes, where the request does not bound it. */
const USUAL_OUTPUT_TOKENS = 4096
/** No answer is longer, where nobody knows the model's own bound. */
const MOST_OUTPUT_TOKENS = 8192

/**
 * A cautious estimate of one model call.
 * @param input.bytes UTF-8 length of all that is sent as text; @param input.media how many files go with it;
 * @param input.maxOutputTokens the model's own bound of an answer, where it is known
 */
export function estimateCall(
  input: { bytes: number; media?: number | undefined; maxOutputTokens?: number | undefined },
  price: Pricing,
): Estimate {
  const inputTokens = Math.ceil(input.bytes / BYTES_PER_TOKEN) + (input.media ?? 0) * MEDIA_TOKENS
  const mostOutputTokens = input.maxOutputTokens ?? MOST_OUTPUT_TOKENS
  const outputTokens = Math.min(mostOutputTokens, USUAL_OUTPUT_TOKENS)
  const costMicros = (output: number) => price.of({ input: inputTokens, output, cacheRead: 0, cacheWrite: 0 })
  return {
    inputTokens,
    outputTokens,
    costMicros: costMicros(outputTokens),
    priceVersion: price.version,
    longer: { mostOutputTokens, costMicros },
  }
}
