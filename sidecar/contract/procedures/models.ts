import { z } from 'zod'
import { ModelRef } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['models'] })

/** A model a session can choose. `ready` is false where a key is missing; `note` says what to do. */
export const ModelInfo = z.object({
  ref: ModelRef,
  name: z.string(),
  provider: z.string(),
  ready: z.boolean(),
  note: z.string().optional(),
  contextTokens: z.number().int().optional(),
})
export type ModelInfo = z.infer<typeof ModelInfo>

export const models = {
  list: route('GET', '/models', 'Models that a session can choose').output(
    z.object({ models: z.array(ModelInfo), default: ModelRef, why: z.string() }),
  ),
  /** Asks local servers on their usual ports; each probe is bounded to 300 ms. */
  probe: route('POST', '/models/probe', 'Look for model servers on this computer').output(
    z.object({ found: z.array(z.object({ provider: z.string(), baseUrl: z.string(), models: z.array(z.string()) })) }),
  ),
  setDefault: route('POST', '/models/default', 'Choose the model of new sessions')
    .input(z.object({ model: ModelRef }))
    .output(z.object({})),
}
