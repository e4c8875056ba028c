import { createHash } from 'node:crypto'
import type { ModelMessage, ModelRequest, ProviderEvent } from './provider.ts'

/** Conversations that go on while others begin; a forgotten one is only sent in full again. */
const MOST = 256

/**
 * Which response stored at the vendor a conversation has come to, so that only what is new has to be sent. It is a memory
 * of this process and no more: the log is the truth, and whatever is not found here word for word is sent in full.
 */
export class ResponseChain {
  readonly #ids = new Map<string, string>()

  /** The stored response that the longest known beginning of a conversation ended in, and what came after it. */
  find(request: ModelRequest): { id: string; rest: readonly ModelMessage[] } | undefined {
    let found: { id: string; rest: readonly ModelMessage[] } | undefined
    for (const { key, end } of beginnings(request)) {
      const id = this.#ids.get(key)
      if (id !== undefined) found = { id, rest: request.messages.slice(end) }
    }
    return found
  }

  /** @param said all events of the answer */
  remember(request: ModelRequest, said: readonly ProviderEvent[], id: string): void {
    const content = said.flatMap((event) => (event.type === 'text' || event.type === 'toolCall' ? [event] : []))
    const messages: ModelMessage[] = [...request.messages, { role: 'assistant', content }]
    const whole = [...beginnings({ ...request, messages })].at(-1)
    if (whole?.end !== messages.length) return
    this.#ids.delete(whole.key)
    this.#ids.set(whole.key, id)
    const [oldest] = this.#ids.keys()
    if (this.#ids.size > MOST && oldest !== undefined) this.#ids.delete(oldest)
  }
}

/** Fingerprints of the conversation up to each answer in it. Files have none: what they hold is not known here. */
function* beginnings(request: ModelRequest): Generator<{ key: string; end: number }> {
  const hash = createHash('sha256').update(request.model)
  for (const [index, message] of request.messages.entries()) {
    if (message.role === 'user' && message.content.some(({ type }) => type === 'media')) return
    hash.update(JSON.stringify(essence(message)))
    if (message.role === 'assistant') yield { key: hash.copy().digest('base64'), end: index + 1 }
  }
}

/** What a message says, however it is cut into parts. */
function essence(message: ModelMessage): unknown {
  if (message.role !== 'assistant') return message
  const words = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const calls = message.content.flatMap((part) => (part.type === 'toolCall' ? [[part.callId, part.name, part.args]] : []))
  return [words, calls]
}
