import type { EventSourceMessage } from 'eventsource-parser'
import type { OpenAI } from 'openai'
import type { StopReason, Usage } from '../contract/index.ts'
import type { ChatDialect } from './chat-dialect.ts'
import { Citations } from './citations.ts'
import { StreamError, type Target } from './errors.ts'
import { type AnswerReader, type Fact, readTogether, type Said } from './gather.ts'
import { type ClientOptions, openaiClient } from './openai-client.ts'
import { toChatMessages, toChatTools } from './openai-messages.ts'
import { cost, type Price } from './price.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import { type ReasoningDetail, ReasoningDetails } from './reasoning-details.ts'
import { type CallFragment, countCalls, ToolCalls } from './tool-calls.ts'
import { carry, overWire, type Wire } from './wire.ts'

export interface ChatOptions extends ClientOptions {
  dialect: ChatDialect
}

type Chunk = Partial<OpenAI.Chat.Completions.ChatCompletionChunk>
type Choice = Omit<OpenAI.Chat.Completions.ChatCompletionChunk.Choice, 'delta' | 'finish_reason'> & {
  delta?: Delta | null
  finish_reason?: string | null
  error?: unknown
}
type Delta = Omit<OpenAI.Chat.Completions.ChatCompletionChunk.Choice.Delta, 'content'> & {
  /** Mistral's thinking models send blocks. */
  content?: string | readonly ContentBlock[] | null
  reasoning_content?: string | null
  reasoning?: string | null
  reasoning_details?: readonly ReasoningDetail[] | null
  annotations?: readonly { url_citation?: { title?: string; url?: string } }[] | null
}
interface ContentBlock {
  type?: string
  text?: string
  thinking?: string | readonly { text?: string }[]
}
/** Some servers count hits of their cache in a field of their own, OpenRouter tells the price in dollars. */
type ChatUsage = OpenAI.CompletionUsage & { prompt_cache_hit_tokens?: number; cost?: number }

/** Reasons that are no end of an answer but a failure. */
const FAILURES: Readonly<Record<string, string>> = {
  error: 'server_error',
  insufficient_system_resource: 'overloaded_error',
}

/** OpenAI's chat completions, also spoken by Ollama, LM Studio, llama.cpp, vLLM, OpenRouter and many others. */
export function createOpenAiChat(options: ChatOptions): Provider {
  const client = openaiClient(options)
  return {
    id: options.id,
    stream(request, signal) {
      const target: Target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, (wire) => talk(client, options, request, wire))
    },
  }
}

async function* talk(
  open: () => Promise<OpenAI>,
  options: ChatOptions,
  request: ModelRequest,
  wire: Wire,
): AsyncGenerator<ProviderEvent> {
  const client = await open()
  const price = await options.price(request.model)
  const response = await client.chat.completions.create(await body(options, request), carry(wire)).asResponse()
  const answer = new ChatAnswer(countCalls(request), price, wire, response.headers)
  for await (const messages of wire.events(response)) {
    for (const event of readTogether(messages, answer)) yield event
    if (answer.ended) return
  }
}

/** Reads one answer, chunk by chunk. */
class ChatAnswer implements AnswerReader {
  readonly #calls: ToolCalls
  readonly #price: Price | undefined
  readonly #wire: Wire
  readonly #headers: Headers
  readonly #citations = new Citations()
  readonly #details = new ReasoningDetails()
  #thinking = false
  #stopped = false
  #ended = false

  /** @param madeBefore tool calls already in the conversation */
  constructor(madeBefore: number, price: Price | undefined, wire: Wire, headers: Headers) {
    this.#calls = new ToolCalls(madeBefore)
    this.#price = price
    this.#wire = wire
    this.#headers = headers
  }

  get ended(): boolean {
    return this.#ended
  }

  /** @throws SyntaxError where the data is no JSON, StreamError where it is an error */
  read({ event, data }: EventSourceMessage, said: Said): void {
    if (data === '') return
    if (data.trim() === '[DONE]') {
      this.#ended = true
      return
    }
    const chunk = JSON.parse(data) as (Chunk & { error?: unknown }) | null
    if (event === 'error' || chunk?.error) throw new StreamError(chunk?.error ?? chunk, this.#headers)
    const choice = chunk?.choices?.[0] as Choice | undefined
    if (choice !== undefined && !this.#stopped) this.#choice(choice, said)
    if (chunk?.usage) {
      const usage = readUsage(chunk.usage)
      said.add({ type: 'usage', usage, costMicros: costOf(chunk.usage, usage, this.#price) })
    }
  }

  #choice(choice: Choice, said: Said): void {
    const delta = choice.delta ?? {}
    const fragments: CallFragment[] = delta.tool_calls ?? []
    const { thought, text } = words(delta)
    this.#details.add(delta.reasoning_details)
    if (thought) {
      this.#thinking = true
      said.words('thinking', thought)
    }
    if ((text || fragments.length > 0 || choice.finish_reason) && (this.#thinking || this.#details.matter))
      said.add(this.#thoughtDone())
    if (text) said.words('text', text)
    for (const { url_citation: cited } of delta.annotations ?? []) this.#citations.add(cited?.title, cited?.url)
    for (const fragment of fragments) this.#calls.add(fragment)
    if (choice.finish_reason) this.#finish(choice.finish_reason, choice.error, said)
  }

  /** A thought may be hidden: its seal comes all the same. */
  #thoughtDone(): Fact {
    this.#thinking = false
    return { type: 'thinkingDone', signature: this.#details.flush() }
  }

  #finish(reason: string, error: unknown, said: Said): void {
    const failure = FAILURES[reason]
    if (failure !== undefined) throw new StreamError(error ?? { type: failure }, this.#headers)
    const sources = this.#citations.flush()
    if (sources !== '') said.words('text', sources)
    const whole = this.#calls.finish(stopReason(reason) === 'length')
    for (const call of whole) said.add(call)
    this.#stopped = true
    this.#wire.stopped(whole.length > 0 ? 'tools' : stopReason(reason))
  }
}

/** What a piece says aloud and what it thinks. */
function words(delta: Delta): { thought: string; text: string } {
  let thought = delta.reasoning_content || delta.reasoning || ''
  if (!Array.isArray(delta.content)) return { thought, text: (delta.content as string | null | undefined) || delta.refusal || '' }
  let text = delta.refusal ?? ''
  for (const block of delta.content as readonly ContentBlock[]) {
    if (block.type === 'thinking')
      thought +=
        typeof block.thinking === 'string' ? block.thinking : (block.thinking ?? []).map((each) => each.text ?? '').join('')
    else text += block.text ?? ''
  }
  return { thought, text }
}

async function body(
  { id, dialect }: ChatOptions,
  request: ModelRequest,
): Promise<OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming> {
  const tools = toChatTools(request)
  const most = request.maxOutputTokens
  const { parallelToolCalls } = dialect
  return {
    model: request.model,
    messages: await toChatMessages(request, id, dialect),
    stream: true,
    ...(dialect.streamOptions && { stream_options: { include_usage: true } }),
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 && parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
    ...(most !== undefined && { [dialect.maxTokens]: most }),
  }
}

function stopReason(reason: string): StopReason {
  if (reason === 'length' || reason === 'model_length') return 'length'
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
