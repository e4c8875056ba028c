import type { Anthropic } from '@anthropic-ai/sdk'
import type { EventSourceMessage } from 'eventsource-parser'
import { noUsage, type StopReason, type Usage } from '../contract/index.ts'
import { Citations } from './citations.ts'
import { StreamError } from './errors.ts'
import type { AnswerReader, Fact, Said } from './gather.ts'
import { cost, type Price } from './price.ts'
import { seal } from './seal.ts'
import { parseArgs } from './tool-args.ts'
import type { Wire } from './wire.ts'

type StreamEvent = Anthropic.RawMessageStreamEvent | { type: 'ping' } | { type: 'error'; error: unknown }

interface OpenBlock {
  type: string
  id: string
  name: string
  json: string
  input: unknown
  signature: string
}

/** Reads one answer of Anthropic's Messages, event by event. */
export class AnthropicAnswer implements AnswerReader {
  readonly #price: Price | undefined
  readonly #wire: Wire
  readonly #headers: Headers
  readonly #blocks = new Map<number, OpenBlock>()
  readonly #citations = new Citations()
  #usage = noUsage
  #reason: string | null = null
  #calls = 0
  #ended = false

  constructor(price: Price | undefined, wire: Wire, headers: Headers) {
    this.#price = price
    this.#wire = wire
    this.#headers = headers
  }

  get ended(): boolean {
    return this.#ended
  }

  /** @throws SyntaxError where the data is no JSON, StreamError where it is an error */
  read({ data }: EventSourceMessage, said: Said): void {
    if (data === '' || data === '[DONE]') return
    const event = JSON.parse(data) as StreamEvent
    switch (event.type) {
      case 'error':
        throw new StreamError(event, this.#headers)
      case 'message_start':
        this.#usage = addUsage(this.#usage, event.message.usage)
        // What was read is charged for also where the answer is cut.
        if (event.message.usage?.input_tokens !== undefined) said.add(this.#counted())
        break
      case 'content_block_start':
        if (event.content_block.type !== 'text') this.#sources(said)
        else for (const citation of event.content_block.citations ?? []) this.#cite(citation)
        this.#blocks.set(event.index, openBlock(event.content_block))
        opening(event.content_block, said)
        break
      case 'content_block_delta':
        this.#delta(this.#blocks.get(event.index), event.delta, said)
        break
      case 'content_block_stop':
        this.#close(event.index, said)
        break
      case 'message_delta':
        this.#usage = addUsage(this.#usage, event.usage)
        this.#reason = event.delta.stop_reason ?? this.#reason
        break
      case 'message_stop':
        this.#end(said)
        break
    }
  }

  #delta(block: OpenBlock | undefined, delta: Anthropic.RawContentBlockDelta, said: Said): void {
    switch (delta.type) {
      case 'text_delta':
        if (delta.text !== '') said.words('text', delta.text)
        break
      case 'thinking_delta':
        said.words('thinking', delta.thinking)
        break
      case 'signature_delta':
        if (block !== undefined) block.signature += delta.signature
        break
      case 'input_json_delta':
        if (block !== undefined) block.json += delta.partial_json
        break
      case 'citations_delta':
        this.#cite(delta.citation)
        break
    }
  }

  /** What a finished block amounts to. */
  #close(index: number, said: Said): void {
    const block = this.#blocks.get(index)
    this.#blocks.delete(index)
    switch (block?.type) {
      case 'tool_use': {
        const all = block.json === '' ? [block.input ?? {}] : parseArgs(block.json)
        for (const [part, args] of all.entries()) {
          this.#calls++
          said.add({ type: 'toolCall', callId: part === 0 ? block.id : `${block.id}_${part + 1}`, name: block.name, args })
        }
        break
      }
      case 'thinking':
        said.add({ type: 'thinkingDone', signature: block.signature || undefined })
        break
      case 'redacted_thinking':
        said.words('thinking', '')
        said.add({ type: 'thinkingDone', signature: block.signature })
        break
    }
  }

  #counted(): Fact {
    return { type: 'usage', usage: this.#usage, costMicros: cost(this.#usage, this.#price) }
  }

  #cite(citation: Anthropic.TextCitation): void {
    if ('url' in citation) this.#citations.add(citation.title, citation.url)
    else if (citation.type === 'search_result_location') this.#citations.add(citation.title, citation.source)
    else if (citation.type === 'page_location')
      this.#citations.add(`${citation.document_title ?? 'document'}, page ${citation.start_page_number}`)
    else this.#citations.add(citation.document_title)
  }

  #sources(said: Said): void {
    const text = this.#citations.flush()
    if (text !== '') said.words('text', text)
  }

  #end(said: Said): void {
    this.#sources(said)
    said.add(this.#counted())
    this.#ended = true
    if (this.#reason !== null) this.#wire.stopped(this.#calls > 0 ? 'tools' : stopReason(this.#reason))
  }
}

function openBlock(block: Anthropic.ContentBlock): OpenBlock {
  const empty = { type: block.type, id: '', name: '', json: '', input: undefined, signature: '' }
  if (block.type === 'tool_use') return { ...empty, id: block.id, name: block.name, input: block.input }
  if (block.type === 'redacted_thinking') return { ...empty, signature: seal('redacted', block.data) }
  return block.type === 'thinking' ? { ...empty, signature: block.signature ?? '' } : empty
}

/** Servers of others put a first piece into the start of its block. */
function opening(block: Anthropic.ContentBlock, said: Said): void {
  if (block.type === 'text' && block.text) said.words('text', block.text)
  if (block.type === 'thinking' && block.thinking) said.words('thinking', block.thinking)
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
