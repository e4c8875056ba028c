import { toFailure } from '../foundation/index.ts'
import type { AnthropicTraits, ModelTraits } from './anthropic.ts'
import type { Server } from './builtin.ts'
import { presetAt, presets } from './presets.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import type { ServerOptions } from './server-options.ts'

type Known = (ModelTraits & { reasoning: boolean }) | undefined

/** What an adapter is handed beside its server. */
export interface AdapterContext extends Pick<ServerOptions, 'timeouts' | 'price' | 'heard'> {
  /** What the catalogue knows of a provider's model. */
  known: (provider: string, model: string) => Known
}

/** The adapter of a server's wire format. Neither it nor its SDK is loaded before the first call. */
export function createAdapter(server: Server, context: AdapterContext): Provider {
  let loaded: Provider | undefined
  async function* first(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    try {
      loaded ??= await loadAdapter(server, context)
    } catch (error) {
      yield { type: 'error', failure: toFailure(error), retryable: false }
      return
    }
    yield* loaded.stream(request, signal)
  }
  return {
    id: server.id,
    stream: (request, signal) => (loaded ? loaded.stream(request, signal) : first(request, signal)),
  }
}

async function loadAdapter(server: Server, { known, ...context }: AdapterContext): Promise<Provider> {
  const { id, baseUrl, key, keyEnv, keyHeader, headers, dialect, type } = server
  const options = { id, baseUrl, key, keyEnv, headers, ...context }
  const vendor = presetAt(baseUrl) === presets.openai
  const reasons = (model: string) => known(id, model)?.reasoning
  switch (type) {
    case 'openai': {
      const { createOpenAiChat } = await import('./openai-chat.ts')
      return createOpenAiChat({ ...options, keyHeader, vendor, dialect })
    }
    case 'openai-responses': {
      const { createOpenAiResponses } = await import('./openai-responses.ts')
      return createOpenAiResponses({
        ...options,
        keyHeader,
        vendor,
        reasons,
        builtInTools: server.builtinTools,
        stateful: server.stateful,
      })
    }
    case 'gemini': {
      const { createGemini } = await import('./gemini.ts')
      return createGemini({ ...options, reasons, stateful: server.stateful })
    }
    case 'anthropic': {
      const { createAnthropic } = await import('./anthropic.ts')
      const traits = (model: string) => anthropicTraits(known('anthropic', model), known(id, model))
      return createAnthropic({ ...options, traits })
    }
  }
}

/** Other servers of the same wire need not know how Anthropic's own models are told to think. */
function anthropicTraits(theirs: Known, known: Known): AnthropicTraits {
  const { maxOutputTokens } = known ?? theirs ?? {}
  if (theirs === undefined || !theirs.reasoning) return { thinking: 'none', maxOutputTokens }
  return { thinking: theirs.thinksAdaptively ? 'adaptive' : 'budget', maxOutputTokens }
}
