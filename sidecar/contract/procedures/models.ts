import { z } from 'zod'
import { Micros, ModelRef, Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['models'] })

/** What a model can do beyond text: call tools, think, and take these in. */
export const Capability = z.enum(['tools', 'reasoning', 'image', 'audio', 'video', 'pdf'])
export type Capability = z.infer<typeof Capability>

const rates = {
  input: Micros.nonnegative(),
  output: Micros.nonnegative(),
  /** Absent: charged as input. */
  cacheRead: Micros.nonnegative().optional(),
  cacheWrite: Micros.nonnegative().optional(),
}

/** What a million tokens cost, in micro-dollars. */
export const ModelPrice = z.object({
  ...rates,
  /** Other rates for calls whose input is longer than `above` tokens; the shortest first. */
  tiers: z.array(z.object({ ...rates, above: z.number().int() })).optional(),
})
export type ModelPrice = z.infer<typeof ModelPrice>

/** A model a session can choose. `ready` is false where a key is missing; `note` says what to do. */
export const ModelInfo = z.object({
  ref: ModelRef,
  name: z.string(),
  provider: z.string(),
  ready: z.boolean(),
  note: z.string().optional(),
  contextTokens: z.number().int().optional(),
  maxOutputTokens: z.number().int().optional(),
  /** Absent where nobody knows, as for what follows. */
  capabilities: z.array(Capability).optional(),
  price: ModelPrice.optional(),
})
export type ModelInfo = z.infer<typeof ModelInfo>

const flag = z.stringbool().or(z.boolean())

/** A model must meet all that is set. What nobody knows of a model meets no bound. */
export const ModelFilter = z.object({
  provider: z.string().max(100).optional(),
  /** Words that its name or reference holds. */
  search: z.string().max(200).optional(),
  /** One capability, or several with commas between them. */
  capability: z
    .string()
    .max(100)
    .regex(/^(tools|reasoning|image|audio|video|pdf)(,(tools|reasoning|image|audio|video|pdf))*$/, {
      error: 'expected tools, reasoning, image, audio, video or pdf; several with commas between them',
    })
    .optional(),
  /** At most this for a million tokens of input, in micro-dollars. */
  maxPrice: z.coerce.number().int().nonnegative().optional(),
  /** At least this many tokens. */
  minContext: z.coerce.number().int().nonnegative().optional(),
  /** Only those that can be called now. */
  ready: flag.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
})
export type ModelFilter = Partial<z.infer<typeof ModelFilter>>

const Allowance = z.object({
  limit: z.number().optional(),
  remaining: z.number(),
  /** Milliseconds until it is full again. */
  resetInMs: z.number().optional(),
})

/** How a model that was called is doing: its breaker, and what its vendor still lets the account do. */
export const ModelHealth = z.object({
  model: ModelRef,
  state: z.enum(['closed', 'open', 'halfOpen']),
  /** Milliseconds until an open breaker lets a call through. */
  restMs: z.number(),
  requests: Allowance.optional(),
  tokens: Allowance.optional(),
})
export type ModelHealth = z.infer<typeof ModelHealth>

export const models = {
  health: route('GET', '/models/health', 'How the models called so far are doing').output(
    z.object({ models: z.array(ModelHealth) }),
  ),
  list: route('GET', '/models', 'Models that a session can choose')
    .input(ModelFilter.optional())
    .output(
      z.object({
        models: z.array(ModelInfo),
        /** How many meet the filter; more than were sent where the limit cut them off. */
        total: z.number().int(),
        default: ModelRef,
        why: z.string(),
      }),
    ),
  /** Asks local servers on their usual ports; each probe is bounded to 300 ms. */
  probe: route('POST', '/models/probe', 'Look for model servers on this computer').output(
    z.object({ found: z.array(z.object({ provider: z.string(), baseUrl: z.string(), models: z.array(z.string()) })) }),
  ),
  setDefault: route('POST', '/models/default', 'Choose the model of new sessions')
    .input(z.object({ model: ModelRef }))
    .output(z.object({})),
  /** From models.dev, or `models.catalog_url`. Nothing changes where it fails. */
  refresh: route('POST', '/models/refresh', 'Fetch the newest model catalogue').output(
    z.object({ providers: z.number().int(), models: z.number().int(), asOf: Timestamp }),
  ),
}
