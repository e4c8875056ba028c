import type { EventSourceMessage } from 'eventsource-parser'
import type { OpenAI } from 'openai'
import type { StopReason, Usage } from '../contract/index.ts'
import { Citations } from './citations.ts'
import { StreamError } from './errors.ts'
import type { AnswerReader, Said } from './gather.ts'
import { sealItem } from './openai-responses-input.ts'
import { cost, type Price } from './price.ts'
import { parseArgs } from './tool-args.ts'
import type { Wire } from './wire.ts'

type Item = OpenAI.Responses.ResponseOutputItem
type Annotation = OpenAI.Responses.ResponseOutputTextAnnotationAddedEvent['annotation']

/** Reads one answer of OpenAI's Responses, event by event. */
export class ResponsesAnswer implements AnswerReader {
  readonly #price: Price | undefined
  readonly #wire: Wire
  readonly #headers: Headers
  readonly #citations = new Citations()
  /** Items of which pieces came; others are read when they are done. */
  readonly #streamed = new Set<number>()
  #calls = 0
  #refused = false
  #ended = false
  #storedAs: string | undefined

  constructor(price: Price | undefined, wire: Wire, headers: Headers) {
    this.#price = price
    this.#wire = wire
    this.#headers = headers
  }

  /** Nothing of use follows. */
  get ended(): boolean {
    return this.#ended
  }

  /** The vendor's name of the whole answer; undefined for one that was cut short. */
  get storedAs(): string | undefined {
    return this.#storedAs
  }

  /** @throws SyntaxError where the data is no JSON, StreamError where it is an error */
  read({ data }: EventSourceMessage, said: Said): void {
    if (data === '' || data === '[DONE]') return
    const event = JSON.parse(data) as OpenAI.Responses.ResponseStreamEvent
    switch (event.type) {
      case 'response.failed':
        throw new StreamError(event.response.error ?? { code: 'server_error' }, this.#headers)
      case 'error': {
        const { error, code, message } = event as typeof event & { error?: unknown }
        throw new StreamError(error ?? { code, message }, this.#headers)
      }
      case 'response.refusal.delta':
        this.#refused = true
        this.#piece('text', event, said)
        break
      case 'response.output_text.delta':
        this.#piece('text', event, said)
        break
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        this.#piece('thinking', event, said)
        break
      case 'response.reasoning_summary_part.added':
        if (event.summary_index > 0) said.words('thinking', '\n\n')
        break
      case 'response.output_text.annotation.added':
        this.#cite(event.annotation)
        break
      case 'response.output_item.done':
        this.#itemDone(event.item, this.#streamed.has(event.output_index), said)
        break
      case 'response.completed':
      case 'response.incomplete':
        this.#end(event.response, said)
        break
    }
  }

  #piece(type: 'text' | 'thinking', { delta, output_index }: { delta: string; output_index: number }, said: Said): void {
    if (delta === '') return
    this.#streamed.add(output_index)
    said.words(type, delta)
  }

  #itemDone(item: Item, streamed: boolean, said: Said): void {
    switch (item.type) {
      case 'message':
        if (!streamed) this.#whole(item, said)
        this.#sources(said)
        break
      case 'function_call':
        this.#call(item, said)
        break
      case 'reasoning': {
        const words = [...item.summary, ...(item.content ?? [])].map(({ text }) => text).join('\n\n')
        if (!streamed && words !== '') said.words('thinking', words)
        const signature = item.encrypted_content ? sealItem(item) : undefined
        if (streamed || words !== '' || signature !== undefined) said.add({ type: 'thinkingDone', signature })
        break
      }
      default:
        // What the vendor's own tools did goes back as it came.
        said.words('thinking', '')
        said.add({ type: 'thinkingDone', signature: sealItem(item) })
    }
  }

  /** A call whose arguments were cut short is none. */
  #call(item: OpenAI.Responses.ResponseFunctionToolCall, said: Said): void {
    for (const [part, args] of parseArgs(item.arguments).entries()) {
      if (item.status === 'incomplete' && typeof args === 'string') continue
      this.#calls++
      said.add({ type: 'toolCall', callId: part === 0 ? item.call_id : `${item.call_id}_${part + 1}`, name: item.name, args })
    }
  }

  #whole(item: OpenAI.Responses.ResponseOutputMessage, said: Said): void {
    for (const part of item.content) {
      if (part.type === 'refusal') this.#refused = true
      else for (const annotation of part.annotations ?? []) this.#cite(annotation)
      const text = part.type === 'refusal' ? part.refusal : part.text
      if (text !== '') said.words('text', text)
    }
  }

  #cite(annotation: Annotation): void {
    if (annotation?.type === 'url_citation' && 'url' in annotation) this.#citations.add(annotation.title, annotation.url)
    else if (annotation && 'filename' in annotation) this.#citations.add(annotation.filename)
  }

  #sources(said: Said): void {
    const text = this.#citations.flush()
    if (text !== '') said.words('text', text)
  }

  #end(response: OpenAI.Responses.Response, said: Said): void {
    const why = response.incomplete_details?.reason
    if (response.usage) {
      const usage = readUsage(response.usage)
      said.add({ type: 'usage', usage, costMicros: cost(usage, this.#price) })
    }
    this.#ended = true
    if (response.status !== 'incomplete') this.#storedAs = response.id
    this.#wire.stopped(this.#calls > 0 ? 'tools' : this.#reason(response.status, why))
  }

  #reason(status: OpenAI.Responses.Response['status'], why: string | undefined): StopReason {
    if (this.#refused || why === 'content_filter') return 'refusal'
    return status === 'incomplete' ? 'length' : 'end'
  }
}

function readUsage(usage: OpenAI.Responses.ResponseUsage): Usage {
  const cacheRead = usage.input_tokens_details?.cached_tokens ?? 0
  const cacheWrite = usage.input_tokens_details?.cache_write_tokens ?? 0
  return {
    input: Math.max(0, usage.input_tokens - cacheRead - cacheWrite),
    output: usage.output_tokens,
    cacheRead,
    cacheWrite,
  }
}
