import type { OpenAI } from 'openai'
import { readTogether } from './gather.ts'
import { type ClientOptions, openaiClient } from './openai-client.ts'
import { ResponsesAnswer } from './openai-responses-answer.ts'
import { type BuiltInTool, toInput, toTools } from './openai-responses-input.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import { ResponseChain } from './response-chain.ts'
import { carry, overWire, type Wire } from './wire.ts'

export interface ResponsesOptions extends ClientOptions {
  /** Tools that run at the vendor. */
  builtInTools?: readonly BuiltInTool[] | undefined
  /** Whether answers are stored at the vendor, so that a conversation need not be sent again. */
  stateful?: boolean | undefined
  /** Whether the model reasons; undefined where nobody knows. */
  reasons: (model: string) => boolean | undefined
}

type Body = OpenAI.Responses.ResponseCreateParamsStreaming

/** What a request asks for beyond the answer; an account or a model may refuse it. */
interface Wishes {
  summaries: boolean
  encrypted: boolean
  seals: boolean
  chain: boolean
}

/** One call, from the request to the end of its answer. */
interface Call {
  options: ResponsesOptions
  request: ModelRequest
  wire: Wire
  wishes: Wishes
  learn: (wish: keyof Wishes) => void
  /** Undefined where nothing is stored at the vendor. */
  chain: ResponseChain | undefined
}

/**
 * OpenAI's Responses. The session's log is the only truth: unless the configuration says otherwise nothing is stored at the
 * vendor, and each request carries the whole conversation with the reasoning that only OpenAI can read.
 */
export function createOpenAiResponses(options: ResponsesOptions): Provider {
  const open = openaiClient(options)
  /** Refusals learned, by model: they would come again with every call. */
  const refused = new Map<string, Partial<Wishes>>()
  const chain = options.stateful ? new ResponseChain() : undefined
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      const reasons = options.reasons(request.model) ?? true
      const wishes = { summaries: reasons, encrypted: reasons, seals: reasons, chain: true, ...refused.get(request.model) }
      const learn = (wish: keyof Wishes) => {
        wishes[wish] = false
        // These are refused for what they are, not for what the model is.
        if (wish !== 'seals' && wish !== 'chain') refused.set(request.model, { ...refused.get(request.model), [wish]: false })
      }
      return overWire(target, signal, options.timeouts, (wire) => talk(open, { options, request, wire, wishes, learn, chain }))
    },
  }
}

async function* talk(open: () => Promise<OpenAI>, call: Call): AsyncGenerator<ProviderEvent> {
  const { options, request, wire, chain } = call
  const client = await open()
  const price = await options.price(request.model)
  const response = await create(client, call)
  const answer = new ResponsesAnswer(price, wire, response.headers)
  const said: ProviderEvent[] = []
  for await (const messages of wire.events(response)) {
    for (const event of readTogether(messages, answer)) {
      if (chain) said.push(event)
      yield event
    }
    if (answer.ended) break
  }
  if (answer.storedAs !== undefined) chain?.remember(request, said, answer.storedAs)
}

/** Asks again without what was refused, at most once for each wish. */
async function create(client: OpenAI, call: Call): Promise<Response> {
  for (;;) {
    const before = call.wishes.chain ? call.chain?.find(call.request) : undefined
    try {
      return await client.responses.create(await body(call, before), carry(call.wire)).asResponse()
    } catch (error) {
      const wish = refusedWish(error, before !== undefined)
      if (wish === undefined || !call.wishes[wish]) throw error
      call.learn(wish)
    }
  }
}

/** @param before what the vendor has of the conversation */
async function body({ options, request, wishes, chain }: Call, before: ReturnType<ResponseChain['find']>): Promise<Body> {
  const tools = toTools(request, options.builtInTools ?? [])
  const asked = before ? { ...request, messages: before.rest } : request
  return {
    model: request.model,
    input: await toInput(asked, { model: `${options.id}/${request.model}`, seals: wishes.seals }),
    stream: true,
    store: chain !== undefined,
    ...(before && { previous_response_id: before.id }),
    ...(request.system.trim() !== '' && { instructions: request.system }),
    ...(tools.length > 0 && { tools }),
    ...(wishes.encrypted && { include: ['reasoning.encrypted_content' as const] }),
    ...(wishes.summaries && { reasoning: { summary: 'auto' as const } }),
    ...(request.maxOutputTokens !== undefined && { max_output_tokens: request.maxOutputTokens }),
  }
}

/**
 * Summaries want a verified organization, sealed reasoning a model that reasons, and seals the account they were made for.
 * Whatever is wrong with a request that leans on a stored answer, in full it may be right.
 */
function refusedWish(error: unknown, chained: boolean): keyof Wishes | undefined {
  const { status, code, param, message } = error as { status?: unknown; code?: unknown; param?: unknown; message?: unknown }
  if (chained && (status === 400 || status === 404)) return 'chain'
  if (status !== 400) return undefined
  if (code === 'invalid_encrypted_content') return 'seals'
  if (param === 'include' || /encrypted content is not supported/i.test(String(message))) return 'encrypted'
  return typeof param === 'string' && param.startsWith('reasoning') ? 'summaries' : undefined
}
