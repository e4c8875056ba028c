import type { Anthropic } from '@anthropic-ai/sdk'
import { AnthropicAnswer } from './anthropic-answer.ts'
import { mayThink, toMessages, toSystem, toTools } from './anthropic-messages.ts'
import { readTogether } from './gather.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import type { ServerOptions } from './server-options.ts'
import { carry, fetchOverWire, overWire, type Wire } from './wire.ts'

export interface AnthropicOptions extends ServerOptions {
  traits: (model: string) => AnthropicTraits
}

/** What the catalogue says of a model. */
export interface ModelTraits {
  /** Decides by itself how long to think. */
  thinksAdaptively: boolean
  maxOutputTokens?: number | undefined
}

export interface AnthropicTraits {
  /** By itself, within a number of tokens that we set, or not that we know. */
  thinking: 'adaptive' | 'budget' | 'none'
  maxOutputTokens?: number | undefined
}

type Body = Anthropic.MessageCreateParamsStreaming

/** The wire wants a limit; this one leaves room for long files and stays within what most models allow. */
const MAX_OUTPUT = 32_000
const UNKNOWN_MODEL_OUTPUT = 8_192
/** For models that want to be told how much to think. The vendor takes no less than the second. */
const THINKING_TOKENS = 8_192
const LEAST_THINKING_TOKENS = 1_024
/** Lets those models think between tool calls too. */
const INTERLEAVED = { 'anthropic-beta': 'interleaved-thinking-2025-05-14' }

/** Anthropic's Messages. */
export function createAnthropic(options: AnthropicOptions): Provider {
  let client: Promise<Anthropic> | undefined
  const open = () => {
    client ??= openClient(options)
    return client
  }
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, (wire) => talk(open, options, request, wire))
    },
  }
}

async function* talk(
  open: () => Promise<Anthropic>,
  options: AnthropicOptions,
  request: ModelRequest,
  wire: Wire,
): AsyncGenerator<ProviderEvent> {
  const client = await open()
  const price = await options.price(request.model)
  const asked = await body(options, request)
  const headers = asked.thinking?.type === 'enabled' ? INTERLEAVED : {}
  const response = await client.messages.create(asked, { ...carry(wire), headers }).asResponse()
  const answer = new AnthropicAnswer(price, wire, response.headers)
  for await (const messages of wire.events(response)) {
    for (const event of readTogether(messages, answer)) yield event
    if (answer.ended) return
  }
}

/** The SDK is loaded on the first call: it costs more than all the rest of a start. */
async function openClient(options: AnthropicOptions): Promise<Anthropic> {
  const { default: Client } = await import('@anthropic-ai/sdk')
  return new Client({
    baseURL: options.baseUrl,
    apiKey: options.key ?? 'none',
    authToken: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: fetchOverWire,
    defaultHeaders: { ...options.headers },
  })
}

async function body(options: AnthropicOptions, request: ModelRequest): Promise<Body> {
  const traits = options.traits(request.model)
  const system = toSystem(request)
  const tools = toTools(request)
  const most = request.maxOutputTokens ?? Math.min(traits.maxOutputTokens ?? UNKNOWN_MODEL_OUTPUT, MAX_OUTPUT)
  const thinking = toThinking(traits, request, options.id, most)
  return {
    model: request.model,
    max_tokens: most,
    messages: await toMessages(request, options.id),
    stream: true,
    ...(system.length > 0 && { system }),
    ...(tools.length > 0 && { tools }),
    ...(thinking && { thinking }),
  }
}

function toThinking(traits: AnthropicTraits, request: ModelRequest, provider: string, most: number): Body['thinking'] {
  if (traits.thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' }
  const tokens = Math.min(THINKING_TOKENS, Math.floor(most / 2))
  if (traits.thinking === 'none' || tokens < LEAST_THINKING_TOKENS || !mayThink(request, provider)) return undefined
  return { type: 'enabled', budget_tokens: tokens }
}
