import type { Capability, ModelFilter, ModelInfo, ModelPrice } from '../contract/index.ts'
import type { KnownModel } from './catalog.ts'
import type { Price, Rates } from './price.ts'

/** What a door tells of a model, as far as it is known. */
export function described(known: KnownModel | undefined, price: Price | undefined): Partial<ModelInfo> {
  return {
    ...(known && {
      contextTokens: known.contextTokens,
      maxOutputTokens: known.maxOutputTokens,
      capabilities: capabilities(known),
    }),
    ...(price && { price: toModelPrice(price) }),
  }
}

function capabilities({ tools, reasoning, input }: KnownModel): Capability[] {
  return [
    ...(tools ? ['tools' as const] : []),
    ...(reasoning ? ['reasoning' as const] : []),
    ...input.filter((kind) => kind !== 'text'),
  ]
}

/** Dollars for a million tokens in whole micro-dollars. */
function toModelPrice({ tiers, ...rates }: Price): ModelPrice {
  return { ...inMicros(rates), ...(tiers && { tiers: tiers.map((tier) => ({ ...inMicros(tier), above: tier.above })) }) }
}

function inMicros({ input, output, cacheRead, cacheWrite }: Rates) {
  return {
    input: micros(input),
    output: micros(output),
    ...(cacheRead !== undefined && { cacheRead: micros(cacheRead) }),
    ...(cacheWrite !== undefined && { cacheWrite: micros(cacheWrite) }),
  }
}

const micros = (dollars: number): number => Math.round(dollars * 1_000_000)

/** The models that meet a filter, all of them. */
export function filtered(models: readonly ModelInfo[], filter: ModelFilter): ModelInfo[] {
  const { provider, maxPrice, minContext, ready } = filter
  const words = filter.search?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  const wanted = (filter.capability?.split(',') ?? []) as Capability[]
  return models.filter((model) => {
    if (provider !== undefined && model.provider !== provider) return false
    if (ready === true && !model.ready) return false
    if (wanted.some((each) => !model.capabilities?.includes(each))) return false
    if (maxPrice !== undefined && !(model.price && model.price.input <= maxPrice)) return false
    if (minContext !== undefined && !((model.contextTokens ?? 0) >= minContext)) return false
    const text = `${model.ref} ${model.name}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
