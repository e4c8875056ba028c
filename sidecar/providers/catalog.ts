import type { ModelTraits } from './anthropic.ts'
import type { Price, Rates } from './price.ts'

/** One model as models.dev describes it: prices in dollars per million tokens. */
interface CatalogModel {
  id: string
  name: string
  cost?: CatalogRates & { tiers?: (CatalogRates & { tier: { size: number } })[] }
  limit: { context: number; output: number }
  reasoning_options?: { type: string }[]
}

interface CatalogRates {
  input: number
  output: number
  cache_read?: number
  cache_write?: number
}

export interface KnownModel extends ModelTraits {
  id: string
  name: string
  contextTokens: number
  price: Price | undefined
}

/** What is known of the models of a vendor, by their own name. The file is read on the first question. */
export async function knownModels(provider: string): Promise<ReadonlyMap<string, KnownModel>> {
  catalog ??= load()
  return (await catalog).get(provider) ?? new Map()
}

let catalog: Promise<Map<string, Map<string, KnownModel>>> | undefined

async function load(): Promise<Map<string, Map<string, KnownModel>>> {
  const { default: file } = await import('../../resources/models.json', { with: { type: 'json' } })
  const providers: Record<string, { models: Record<string, CatalogModel> }> = file.providers
  return new Map(
    Object.entries(providers).map(([id, { models }]) => [
      id,
      new Map(Object.values(models).map((model) => [model.id, toKnown(model)])),
    ]),
  )
}

function toKnown(model: CatalogModel): KnownModel {
  return {
    id: model.id,
    name: model.name,
    contextTokens: model.limit.context,
    maxOutputTokens: model.limit.output,
    thinksAdaptively: model.reasoning_options?.some(({ type }) => type === 'effort') ?? false,
    price: model.cost && {
      ...toRates(model.cost),
      tiers: model.cost.tiers?.map((tier) => ({ ...toRates(tier), above: tier.tier.size })).sort((a, b) => a.above - b.above),
    },
  }
}

const toRates = (cost: CatalogRates): Rates => ({
  input: cost.input,
  output: cost.output,
  cacheRead: cost.cache_read,
  cacheWrite: cost.cache_write,
})
