import { setTimeout as sleep } from 'node:timers/promises'
import { noUsage } from '../../contract/index.ts'
import type { ModelRequest, Provider, ProviderEvent } from '../provider.ts'
import { intents } from './intents/index.ts'
import { plan } from './plan.ts'

export interface GuideOptions {
  /** Milliseconds between two words, for demonstrations. */
  delayMs?: number | undefined
}

/**
 * `offline/guide`: a deterministic stand-in that is no language model, so that a newcomer can try Oxbow without key and
 * network. It is a provider like any other and makes real tool calls.
 */
export function createGuide({ delayMs = 0 }: GuideOptions = {}): Provider {
  return { id: 'offline', stream: (request, signal) => answer(request, signal, delayMs) }
}

async function* answer(request: ModelRequest, signal: AbortSignal, delayMs: number): AsyncGenerator<ProviderEvent> {
  const { text, call } = plan(request, intents)
  for (const word of text.match(/\s*\S+\s*/g) ?? []) {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    yield { type: 'text', text: word }
  }
  if (call !== undefined) yield { type: 'toolCall', ...call }
  yield { type: 'usage', usage: noUsage, costMicros: 0 }
  yield { type: 'stop', reason: call === undefined ? 'end' : 'tools' }
}
