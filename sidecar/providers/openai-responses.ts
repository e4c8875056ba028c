import type { OpenAI } from 'openai'
import { readTogether } from './gather.ts'
import { type ClientOptions, openaiClient } from './openai-client.ts'
import { ResponsesAnswer } from './openai-responses-answer.ts'
import { type BuiltInTool, toInput, toTools } from './openai-responses-input.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import { carry, overWire, type Wire } from './wire.ts'

export interface ResponsesOptions extends ClientOptions {
  /** Tools that run at the vendor. */
  builtInTools?: readonly BuiltInTool[] | undefined
  /** Whether the model reasons; undefined where nobody knows. */
  reasons: (model: string) => boolean | undefined
}

type Body = OpenAI.Responses.ResponseCreateParamsStreaming

/** What a request asks for beyond the answer; an account or a model may refuse it. */
interface Wishes {
  summaries: boolean
  encrypted: boolean
  seals: boolean
}

/**
 * OpenAI's Responses. Nothing is stored at the vendor: the session's log is the only truth, and each request carries the
 * whole conversation with the reasoning that only OpenAI can read.
 */
export function createOpenAiResponses(options: ResponsesOptions): Provider {
  const open = openaiClient(options)
  /** Refusals learned, by model: they would come again with every call. */
  const refused = new Map<string, Partial<Wishes>>()
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      const reasons = options.reasons(request.model) ?? true
      const wishes = { summaries: reasons, encrypted: reasons, seals: reasons, ...refused.get(request.model) }
      const learn = (wish: keyof Wishes) => {
        wishes[wish] = false
        // Seals are refused for what they are, not for what the model is.
        if (wish !== 'seals') refused.set(request.model, { ...refused.get(request.model), [wish]: false })
      }
      return overWire(target, signal, options.timeouts, (wire) => talk(open, options, request, wire, wishes, learn))
    },
  }
}

async function* talk(
  open: () => Promise<OpenAI>,
  options: ResponsesOptions,
  request: ModelRequest,
  wire: Wire,
  wishes: Wishes,
  learn: (wish: keyof Wishes) => void,
): AsyncGenerator<ProviderEvent> {
  const client = await open()
  const price = await options.price(request.model)
  const response = await create(client, options, request, wire, wishes, learn)
  const answer = new ResponsesAnswer(price, wire, response.headers)
  for await (const messages of wire.events(response)) {
    yield* readTogether(messages, answer)
    if (answer.ended) return
  }
}

/** Asks again without what was refused, at most once for each wish. */
async function create(
  client: OpenAI,
  options: ResponsesOptions,
  request: ModelRequest,
  wire: Wire,
  wishes: Wishes,
  learn: (wish: keyof Wishes) => void,
): Promise<Response> {
  for (;;) {
    try {
      return await client.responses.create(await body(options, request, wishes), carry(wire)).asResponse()
    } catch (error) {
      const wish = refusedWish(error)
      if (wish === undefined || !wishes[wish]) throw error
      learn(wish)
    }
  }
}

async function body(options: ResponsesOptions, request: ModelRequest, wishes: Wishes): Promise<Body> {
  const tools = toTools(request, options.builtInTools ?? [])
  return {
    model: request.model,
    input: await toInput(request, { model: `${options.id}/${request.model}`, seals: wishes.seals }),
    stream: true,
    store: false,
    ...(request.system.trim() !== '' && { instructions: request.system }),
    ...(tools.length > 0 && { tools }),
    ...(wishes.encrypted && { include: ['reasoning.encrypted_content' as const] }),
    ...(wishes.summaries && { reasoning: { summary: 'auto' as const } }),
    ...(request.maxOutputTokens !== undefined && { max_output_tokens: request.maxOutputTokens }),
  }
}

/** Summaries want a verified organization, sealed reasoning a model that reasons, and seals the account they were made for. */
function refusedWish(error: unknown): keyof Wishes | undefined {
  const { status, code, param, message } = error as { status?: unknown; code?: unknown; param?: unknown; message?: unknown }
  if (status !== 400) return undefined
  if (code === 'invalid_encrypted_content') return 'seals'
  if (param === 'include' || /encrypted content is not supported/i.test(String(message))) return 'encrypted'
  return typeof param === 'string' && param.startsWith('reasoning') ? 'summaries' : undefined
}
