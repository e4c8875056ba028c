import { z } from 'zod'
import type { ModelTraits } from './anthropic.ts'
import type { Price, Rates } from './price.ts'

export type Modality = 'text' | 'image' | 'audio' | 'video' | 'pdf'
const MODALITIES: ReadonlySet<string> = new Set(['text', 'image', 'audio', 'video', 'pdf'] satisfies Modality[])

/** What is known of a model. */
export interface KnownModel extends ModelTraits {
  /** The model's own name, as its provider spells it. */
  id: string
  /** As a person reads it. */
  name: string
  contextTokens: number | undefined
  input: readonly Modality[]
  output: readonly Modality[]
  /** Whether it can call tools. */
  tools: boolean
  reasoning: boolean
  price: Price | undefined
}

const amount = z.number().nonnegative().max(1_000_000)
const tokens = z.number().int().nonnegative().max(1_000_000_000)
const rates = { input: amount, output: amount, cache_read: amount.optional(), cache_write: amount.optional() }
/** Room for what models.dev may add; what we do not read is dropped. */
const Tier = z.object({ ...rates, tier: z.object({ size: tokens }) })

/** One model as models.dev describes it; prices in dollars per million tokens. */
const CatalogModel = z.object({
  id: z.string().regex(/^\S{1,150}$/),
  name: z.string().min(1).max(200),
  attachment: z.boolean().optional(),
  reasoning: z.boolean(),
  tool_call: z.boolean(),
  reasoning_options: z
    .array(z.object({ type: z.string().max(50) }))
    .max(20)
    .optional(),
  modalities: z.object({ input: z.array(z.string().max(20)).max(20), output: z.array(z.string().max(20)).max(20) }),
  cost: z.object({ ...rates, tiers: z.array(Tier).max(20).optional() }).optional(),
  limit: z.object({ context: tokens, output: tokens }),
})
type CatalogModel = z.infer<typeof CatalogModel>

export const CatalogProvider = z.object({
  id: z.string().regex(/^[\w.-]{1,100}$/),
  name: z.string().min(1).max(200),
  env: z.array(z.string().max(100)).max(20),
  api: z.string().max(500).optional(),
  models: z.record(z.string(), CatalogModel),
})
export type CatalogProvider = z.infer<typeof CatalogProvider>

/** A catalogue file's outside. Its providers are looked into one by one, when they are asked for. */
export const CatalogFile = z.object({ asOf: z.iso.datetime(), providers: z.record(z.string(), z.unknown()) })
export type CatalogFile = z.infer<typeof CatalogFile>

/** A provider's models by their own name. */
export function toKnownModels({ models }: CatalogProvider): Map<string, KnownModel> {
  return new Map(Object.values(models).map((model) => [model.id, toKnown(model)]))
}

function toKnown(model: CatalogModel): KnownModel {
  return {
    id: model.id,
    name: model.name,
    contextTokens: model.limit.context || undefined,
    maxOutputTokens: model.limit.output || undefined,
    input: model.modalities.input.filter(isModality),
    output: model.modalities.output.filter(isModality),
    tools: model.tool_call,
    reasoning: model.reasoning,
    thinksAdaptively: model.reasoning_options?.some(({ type }) => type === 'effort') ?? false,
    price: model.cost && toPrice(model.cost),
  }
}

function toPrice(cost: NonNullable<CatalogModel['cost']>): Price {
  const tiers = cost.tiers?.map((tier) => ({ ...toRates(tier), above: tier.tier.size }))
  return { ...toRates(cost), tiers: tiers?.sort((a, b) => a.above - b.above) }
}

const toRates = (cost: Omit<z.infer<typeof Tier>, 'tier'>): Rates => ({
  input: cost.input,
  output: cost.output,
  cacheRead: cost.cache_read,
  cacheWrite: cost.cache_write,
})

const isModality = (kind: string): kind is Modality => MODALITIES.has(kind)
