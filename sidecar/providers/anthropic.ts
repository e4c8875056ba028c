import type { Anthropic } from '@anthropic-ai/sdk'
import type { StopReason, Usage } from '../contract/index.ts'
import { noUsage } from '../contract/index.ts'
import { sealRedacted, toMessages, toSystem, toTools } from './anthropic-messages.ts'
import { StreamError } from './errors.ts'
import { gather } from './gather.ts'
import { cost, type Price } from './price.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import type { ServerOptions } from './server-options.ts'
import { parseArgs } from './tool-args.ts'
import { overWire, type Wire } from './wire.ts'

export interface AnthropicOptions extends ServerOptions {
  /** What the catalogue knows of the model. */
  traits: (model: string) => Promise<ModelTraits>
}

export interface ModelTraits {
  /** Decides by itself how long to think. */
  thinksAdaptively: boolean
  maxOutputTokens?: number | undefined
}

/** The wire wants a limit; this one leaves room for long files and stays within what most models allow. */
const MAX_OUTPUT = 32_000
const UNKNOWN_MODEL_OUTPUT = 8_192

/** Anthropic's Messages. */
export function createAnthropic(options: AnthropicOptions): Provider {
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, (wire) => talk(options, request, wire))
    },
  }
}

interface OpenBlock {
  type: string
  id: string
  name: string
  json: string
  input: unknown
  signature: string
}

async function* talk(options: AnthropicOptions, request: ModelRequest, wire: Wire): AsyncGenerator<ProviderEvent> {
  const client = await open(options, wire)
  const price = await options.price(request.model)
  const response = await client.messages.create(await body(options, request), { signal: wire.signal }).asResponse()
  const answer = new Answer(price, wire)
  for await (const messages of wire.events(response)) {
    const said: ProviderEvent[] = []
    for (const { event, data } of messages) {
      if (event === undefined || event === 'ping' || data === '') continue
      const told: unknown = JSON.parse(data)
      if (event === 'error') throw new StreamError(told, response.headers)
      for (const each of answer.add(told as Anthropic.RawMessageStreamEvent)) gather(said, each)
    }
    yield* said
  }
}

/** Reads one answer, event by event. */
class Answer {
  readonly #price: Price | undefined
  readonly #wire: Wire
  readonly #blocks = new Map<number, OpenBlock>()
  #usage = noUsage
  #reason: string | null = null
  #calls = 0

  constructor(price: Price | undefined, wire: Wire) {
    this.#price = price
    this.#wire = wire
  }

  *add(event: Anthropic.RawMessageStreamEvent): Generator<ProviderEvent> {
    switch (event.type) {
      case 'message_start':
        this.#usage = addUsage(this.#usage, event.message.usage)
        break
      case 'content_block_start':
        this.#blocks.set(event.index, openBlock(event.content_block))
        break
      case 'content_block_delta': {
        const said = addDelta(this.#blocks.get(event.index), event.delta)
        if (said !== undefined) yield said
        break
      }
      case 'content_block_stop': {
        const done = closeBlock(this.#blocks.get(event.index))
        this.#blocks.delete(event.index)
        this.#calls += done.filter((each) => each.type === 'toolCall').length
        yield* done
        break
      }
      case 'message_delta':
        this.#usage = addUsage(this.#usage, event.usage)
        this.#reason = event.delta.stop_reason ?? this.#reason
        break
      case 'message_stop':
        yield { type: 'usage', usage: this.#usage, costMicros: cost(this.#usage, this.#price) }
        if (this.#reason !== null) this.#wire.stopped(this.#calls > 0 ? 'tools' : stopReason(this.#reason))
        break
    }
  }
}

/** The SDK is loaded on the first call: it costs more than all the rest of a start. */
async function open(options: AnthropicOptions, wire: Wire): Promise<Anthropic> {
  const { default: Client } = await import('@anthropic-ai/sdk')
  return new Client({
    baseURL: options.baseUrl,
    apiKey: options.key ?? 'none',
    authToken: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: wire.fetch,
  })
}

async function body(options: AnthropicOptions, request: ModelRequest): Promise<Anthropic.MessageCreateParamsStreaming> {
  const traits = await options.traits(request.model)
  const system = toSystem(request)
  const tools = toTools(request)
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens ?? Math.min(traits.maxOutputTokens ?? UNKNOWN_MODEL_OUTPUT, MAX_OUTPUT),
    messages: await toMessages(request, options.id),
    stream: true,
    ...(system.length > 0 && { system }),
    ...(tools.length > 0 && { tools }),
    ...(traits.thinksAdaptively && { thinking: { type: 'adaptive' as const, display: 'summarized' as const } }),
  }
}

function openBlock(block: Anthropic.ContentBlock): OpenBlock {
  const empty = { type: block.type, id: '', name: '', json: '', input: undefined, signature: '' }
  if (block.type === 'tool_use') return { ...empty, id: block.id, name: block.name, input: block.input }
  if (block.type === 'redacted_thinking') return { ...empty, signature: sealRedacted(block.data) }
  return empty
}

function addDelta(block: OpenBlock | undefined, delta: Anthropic.RawContentBlockDelta): ProviderEvent | undefined {
  switch (delta.type) {
    case 'text_delta':
      return delta.text === '' ? undefined : { type: 'text', text: delta.text }
    case 'thinking_delta':
      return { type: 'thinking', text: delta.thinking }
    case 'signature_delta':
      if (block !== undefined) block.signature += delta.signature
      return undefined
    case 'input_json_delta':
      if (block !== undefined) block.json += delta.partial_json
      return undefined
    default:
      return undefined
  }
}

/** What a finished block amounts to. */
function closeBlock(block: OpenBlock | undefined): ProviderEvent[] {
  switch (block?.type) {
    case 'tool_use': {
      const all = block.json === '' ? [block.input ?? {}] : parseArgs(block.json)
      return all.map((args, part) => ({
        type: 'toolCall',
        callId: part === 0 ? block.id : `${block.id}_${part + 1}`,
        name: block.name,
        args,
      }))
    }
    case 'thinking':
      return [{ type: 'thinkingDone', signature: block.signature || undefined }]
    case 'redacted_thinking':
      return [
        { type: 'thinking', text: '' },
        { type: 'thinkingDone', signature: block.signature },
      ]
    default:
      return []
  }
}

/** Counts are cumulative: what is named replaces what was known. */
function addUsage(known: Usage, told: Partial<Anthropic.MessageDeltaUsage> | undefined): Usage {
  return {
    input: told?.input_tokens ?? known.input,
    output: told?.output_tokens ?? known.output,
    cacheRead: told?.cache_read_input_tokens ?? known.cacheRead,
    cacheWrite: told?.cache_creation_input_tokens ?? known.cacheWrite,
  }
}

function stopReason(reason: string): StopReason {
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length'
  return reason === 'refusal' ? 'refusal' : 'end'
}
