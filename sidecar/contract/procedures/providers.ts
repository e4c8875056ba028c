import { z } from 'zod'
import { Failure, ModelRef } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['providers'] })

export const ProviderId = z
  .string()
  .max(50)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected a lower-case name such as openai')

/** Where a key comes from. `locked`: in the system's keychain, which this process cannot open. */
export const KeyPlace = z.enum(['keychain', 'secrets', 'config', 'environment', 'locked'])
export type KeyPlace = z.infer<typeof KeyPlace>

/** Who serves models. A key itself is never told. */
export const ProviderInfo = z.object({
  id: ProviderId,
  name: z.string(),
  /** The wire format it speaks. */
  type: z.string(),
  baseUrl: z.string(),
  /** True for a model server on this computer. */
  local: z.boolean(),
  /** True where it can be called; `note` says what is missing. */
  ready: z.boolean(),
  note: z.string().optional(),
  needsKey: z.boolean(),
  key: KeyPlace.optional(),
  /** The variable of the environment that may hold the key. */
  keyEnv: z.string().optional(),
  /** True where there is something of it to remove: a key that was given, or an entry in the home's settings. */
  added: z.boolean(),
  /** How many of its models are known by name. */
  models: z.number().int(),
})
export type ProviderInfo = z.infer<typeof ProviderInfo>

const key = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'a key has no spaces and no letters beyond ASCII')

export const providers = {
  list: route('GET', '/providers', 'Who serves models, and whether they can be called').output(
    z.object({
      providers: z.array(ProviderInfo),
      /** Providers that the catalogue knows an address of: adding one takes its key only. */
      known: z.array(z.object({ id: ProviderId, name: z.string(), keyEnv: z.string().optional() })),
      /** Where a key that is given now would be kept. */
      keeps: z.enum(['keychain', 'secrets']),
      /** What to know about that. */
      warning: z.string().optional(),
    }),
  ),
  /** What is left out stays as it is. A key is taken up at once, and never told again. */
  add: route('POST', '/providers', 'Add a provider, or change one')
    .input(
      z.object({
        id: ProviderId,
        type: z.string().max(40).optional(),
        baseUrl: z.string().max(2000).optional(),
        key: key.optional(),
        models: z
          .array(z.string().regex(/^\S{1,150}$/))
          .max(200)
          .optional(),
      }),
    )
    .output(z.object({ provider: ProviderInfo, warning: z.string().optional() })),
  remove: route('DELETE', '/providers/{id}', "Remove a provider's key and settings")
    .input(z.object({ id: ProviderId }))
    .output(z.object({})),
  /** One tiny call, which costs next to nothing. */
  test: route('POST', '/providers/{id}/test', 'Try whether a provider answers')
    .input(
      z.object({
        id: ProviderId,
        model: z
          .string()
          .regex(/^\S{1,150}$/)
          .optional(),
      }),
    )
    .output(z.object({ ok: z.boolean(), model: ModelRef.optional(), durationMs: z.number().int(), failure: Failure.optional() })),
}
