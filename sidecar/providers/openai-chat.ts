import type { OpenAI } from 'openai'
import type { StopReason, Usage } from '../contract/index.ts'
import { StreamError, type Target } from './errors.ts'
import { gather } from './gather.ts'
import { toChatMessages, toChatTools } from './openai-messages.ts'
import { cost, type Price } from './price.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import { type CallFragment, ToolCalls } from './tool-calls.ts'
import { overWire, type Timeouts, type Wire } from './wire.ts'

/** What a provider of either wire format needs to know about its server. */
export interface ServerOptions {
  id: string
  baseUrl: string
  key?: string | undefined
  keyEnv?: string | undefined
  timeouts: Timeouts
  /** Told the head of each answer. */
  heard?: (model: string, headers: Headers) => void
  /** What the model's tokens cost; undefined where nobody knows. */
  price: (model: string) => Promise<Price | undefined>
}

type Delta = OpenAI.Chat.Completions.ChatCompletionChunk.Choice.Delta & {
  reasoning_content?: string | null
  reasoning?: string | null
}
/** Some servers count hits of their cache in a field of their own, OpenRouter tells the price in dollars. */
type ChatUsage = OpenAI.CompletionUsage & { prompt_cache_hit_tokens?: number; cost?: number }

/** OpenAI's chat completions, also spoken by Ollama, LM Studio, llama.cpp, vLLM, OpenRouter and many others. */
export function createOpenAiChat(options: ServerOptions): Provider {
  return {
    id: options.id,
    stream(request, signal) {
      const target: Target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, (wire) => talk(options, request, wire))
    },
  }
}

async function* talk(options: ServerOptions, request: ModelRequest, wire: Wire): AsyncGenerator<ProviderEvent> {
  const client = await open(options, wire)
  const price = await options.price(request.model)
  const response = await client.chat.completions.create(await body(options, request), { signal: wire.signal }).asResponse()
  const answer = new ChatAnswer(countCalls(request), price, wire)
  for await (const messages of wire.events(response)) {
    const said: ProviderEvent[] = []
    for (const { event, data } of messages) {
      if (data === '[DONE]') {
        yield* said
        return
      }
      for (const each of answer.add(readChunk(event, data, response.headers))) gather(said, each)
    }
    yield* said
  }
}

/** @throws SyntaxError where the data is no JSON, StreamError where it is an error */
function readChunk(event: string | undefined, data: string, headers: Headers): Chunk {
  const chunk = JSON.parse(data) as Chunk & { error?: unknown }
  if (event === 'error') throw new StreamError(chunk?.error ?? chunk, headers)
  if (chunk?.error) throw new StreamError(chunk.error, headers)
  return chunk
}

type Chunk = Partial<OpenAI.Chat.Completions.ChatCompletionChunk>

/** Reads one answer, chunk by chunk. */
class ChatAnswer {
  readonly #calls: ToolCalls
  readonly #price: Price | undefined
  readonly #wire: Wire
  #thinking = false
  #stopped = false

  /** @param madeBefore tool calls already in the conversation */
  constructor(madeBefore: number, price: Price | undefined, wire: Wire) {
    this.#calls = new ToolCalls(madeBefore)
    this.#price = price
    this.#wire = wire
  }

  *add(chunk: Chunk): Generator<ProviderEvent> {
    const choice = chunk.choices?.[0]
    if (choice !== undefined && !this.#stopped) yield* this.#choice(choice)
    if (chunk.usage) {
      const usage = readUsage(chunk.usage)
      yield { type: 'usage', usage, costMicros: costOf(chunk.usage, usage, this.#price) }
    }
  }

  *#choice({ delta: said, finish_reason: reason }: OpenAI.Chat.Completions.ChatCompletionChunk.Choice): Generator<ProviderEvent> {
    const delta: Delta = said ?? {}
    const thought = delta.reasoning_content || delta.reasoning
    if (thought) {
      this.#thinking = true
      yield { type: 'thinking', text: thought }
    }
    const text = delta.content || delta.refusal
    const fragments: CallFragment[] = delta.tool_calls ?? []
    if (this.#thinking && (text || fragments.length > 0 || reason)) {
      this.#thinking = false
      yield { type: 'thinkingDone' }
    }
    if (text) yield { type: 'text', text }
    for (const fragment of fragments) this.#calls.add(fragment)
    if (!reason) return
    const whole = this.#calls.finish(reason === 'length')
    yield* whole
    this.#stopped = true
    this.#wire.stopped(whole.length > 0 ? 'tools' : stopReason(reason))
  }
}

/** The SDK is loaded on the first call: it costs more than all the rest of a start. */
async function open(options: ServerOptions, wire: Wire): Promise<OpenAI> {
  const { default: Client } = await import('openai')
  const vendor = isOpenAi(options)
  return new Client({
    baseURL: options.baseUrl,
    apiKey: options.key ?? 'none',
    maxRetries: 0,
    logLevel: 'off',
    fetch: wire.fetch,
    ...(!vendor && { organization: null, project: null }),
    ...(options.key === undefined && { defaultHeaders: { Authorization: null } }),
  })
}

async function body(
  options: ServerOptions,
  request: ModelRequest,
): Promise<OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming> {
  const tools = toChatTools(request)
  const most = request.maxOutputTokens
  return {
    model: request.model,
    messages: await toChatMessages(request),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length > 0 && { tools }),
    // OpenAI's newer models refuse the old name, other servers do not know the new one.
    ...(most !== undefined && (isOpenAi(options) ? { max_completion_tokens: most } : { max_tokens: most })),
  }
}

const isOpenAi = (options: ServerOptions): boolean => options.id === 'openai'

const countCalls = (request: ModelRequest): number =>
  request.messages.reduce(
    (sum, message) =>
      sum + (message.role === 'assistant' ? message.content.filter((part) => part.type === 'toolCall').length : 0),
    0,
  )

function stopReason(reason: string): StopReason {
  if (reason === 'length') return 'length'
  return reason === 'content_filter' ? 'refusal' : 'end'
}

function readUsage(usage: ChatUsage): Usage {
  const cacheRead = usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0
  const cacheWrite = usage.prompt_tokens_details?.cache_write_tokens ?? 0
  return {
    input: Math.max(0, (usage.prompt_tokens ?? 0) - cacheRead - cacheWrite),
    output: usage.completion_tokens ?? 0,
    cacheRead,
    cacheWrite,
  }
}

/** What the server says it charged counts more than what the catalogue says. */
function costOf(told: ChatUsage, usage: Usage, price: Price | undefined): number | undefined {
  if (typeof told.cost === 'number') return Math.round(told.cost * 1_000_000)
  return price === undefined ? undefined : cost(usage, price)
}
