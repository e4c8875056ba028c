import type { Capability, ModelInfo } from '../../sidecar/contract/index.ts'
import { compact } from './format.ts'

/** What each capability is called where there is little room. */
export const CAPABILITY_WORDS: Readonly<Record<Capability, string>> = {
  tools: 'tools',
  reasoning: 'thinks',
  image: 'images',
  audio: 'audio',
  video: 'video',
  pdf: 'PDF',
}

/** `$0.25`, `$3`: micro-dollars as dollars, without digits that say nothing. */
export const shortDollars = (micros: number): string => `$${Number((micros / 1_000_000).toPrecision(3))}`

/** `$3 / $15`, `free`; empty where nobody knows. For a million tokens in and out. */
export function priceWords({ price }: Pick<ModelInfo, 'price'>): string {
  if (price === undefined) return ''
  return price.input === 0 && price.output === 0 ? 'free' : `${shortDollars(price.input)} / ${shortDollars(price.output)}`
}

/** `1.0M`, `128.0k` without its empty digit; empty where nobody knows. */
export const windowWords = ({ contextTokens }: Pick<ModelInfo, 'contextTokens'>): string =>
  contextTokens === undefined ? '' : compact(contextTokens).replace('.0', '')
