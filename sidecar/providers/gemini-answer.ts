import type { Candidate, GenerateContentResponse, GenerateContentResponseUsageMetadata, Part } from '@google/genai/web'
import type { EventSourceMessage } from 'eventsource-parser'
import type { StopReason, Usage } from '../contract/index.ts'
import { Citations } from './citations.ts'
import { StreamError } from './errors.ts'
import type { AnswerReader, Said } from './gather.ts'
import { cost, type Price } from './price.ts'
import { seal } from './seal.ts'
import type { Wire } from './wire.ts'

type Chunk = Partial<Pick<GenerateContentResponse, 'candidates' | 'promptFeedback' | 'usageMetadata'>> & { error?: unknown }

/** Every other reason is a refusal to go on. */
const ENDS: Readonly<Record<string, StopReason>> = { STOP: 'end', FINISH_REASON_UNSPECIFIED: 'end', MAX_TOKENS: 'length' }
/** A slip of the model or the server: another try may do better. */
const FAILURES: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'OTHER',
])

/** Reads one answer of Gemini, chunk by chunk. */
export class GeminiAnswer implements AnswerReader {
  /** The stream itself says when nothing follows: calls may come behind a reason to stop. */
  readonly ended = false
  readonly #price: Price | undefined
  readonly #wire: Wire
  readonly #headers: Headers
  readonly #citations = new Citations()
  readonly #madeBefore: number
  readonly #used = new Set<string>()
  #thinking = false
  /** Every piece counts anew: the first is of use where an answer is cut, the last where it is not. */
  #counted = false
  #calls = 0

  /** @param madeBefore tool calls already in the conversation, so that an id made here is new in it */
  constructor(madeBefore: number, price: Price | undefined, wire: Wire, headers: Headers) {
    this.#madeBefore = madeBefore
    this.#price = price
    this.#wire = wire
    this.#headers = headers
  }

  /** @throws SyntaxError where the data is no JSON, StreamError where it is an error */
  read({ data }: EventSourceMessage, said: Said): void {
    if (data === '' || data === '[DONE]') return
    const chunk = JSON.parse(data) as Chunk
    if (chunk.error) throw new StreamError(chunk.error, this.#headers)
    const candidate = chunk.candidates?.[0]
    for (const part of candidate?.content?.parts ?? []) this.#part(part, said)
    if (candidate !== undefined) this.#cite(candidate)
    if (chunk.usageMetadata && (!this.#counted || candidate?.finishReason || chunk.promptFeedback)) {
      this.#counted = true
      const usage = readUsage(chunk.usageMetadata)
      said.add({ type: 'usage', usage, costMicros: cost(usage, this.#price) })
    }
    if (candidate?.finishReason) this.#finish(candidate.finishReason, candidate.finishMessage, said)
    if (chunk.promptFeedback?.blockReason) this.#wire.stopped('refusal')
  }

  #part(part: Part, said: Said): void {
    if (part.thought) {
      this.#thinking = true
      if (part.text) said.words('thinking', part.text)
      if (part.thoughtSignature) this.#thoughtDone(part.thoughtSignature, said)
      return
    }
    const { text, functionCall, inlineData, thoughtSignature } = part
    const says = text || functionCall || inlineData
    if (thoughtSignature || (this.#thinking && says)) this.#thoughtDone(thoughtSignature, said)
    if (text) said.words('text', text)
    if (functionCall) {
      this.#calls++
      said.add({
        type: 'toolCall',
        callId: this.#id(functionCall.id),
        name: functionCall.name ?? '',
        args: functionCall.args ?? {},
      })
    }
    if (inlineData) said.words('text', `\n\n[The model sent a file of the type ${inlineData.mimeType}, which is not kept.]\n\n`)
  }

  /** The signature belongs to the part that follows the thought: it goes back there. */
  #thoughtDone(signature: string | undefined, said: Said): void {
    this.#thinking = false
    said.add({ type: 'thinkingDone', signature: signature && seal('gemini', signature) })
  }

  #id(told: string | undefined): string {
    let id = told || `call_${this.#madeBefore + this.#calls}`
    while (this.#used.has(id)) id = `${id}_${this.#calls}`
    this.#used.add(id)
    return id
  }

  #cite({ citationMetadata, groundingMetadata }: Candidate): void {
    for (const { title, uri } of citationMetadata?.citations ?? []) this.#citations.add(title, uri)
    for (const { web } of groundingMetadata?.groundingChunks ?? []) this.#citations.add(web?.title, web?.uri)
  }

  #finish(reason: string, message: string | undefined, said: Said): void {
    if (this.#thinking) this.#thoughtDone(undefined, said)
    const sources = this.#citations.flush()
    if (sources !== '') said.words('text', sources)
    if (FAILURES.has(reason) && this.#calls === 0)
      throw new StreamError({ type: 'server_error', message: message ?? `it stopped with ${reason}` }, this.#headers)
    this.#wire.stopped(this.#calls > 0 ? 'tools' : (ENDS[reason] ?? 'refusal'))
  }
}

function readUsage(told: GenerateContentResponseUsageMetadata): Usage {
  const cacheRead = told.cachedContentTokenCount ?? 0
  const input = (told.promptTokenCount ?? 0) + (told.toolUsePromptTokenCount ?? 0)
  return {
    input: Math.max(0, input - cacheRead),
    output: (told.candidatesTokenCount ?? 0) + (told.thoughtsTokenCount ?? 0),
    cacheRead,
    cacheWrite: 0,
  }
}
