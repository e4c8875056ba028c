import { type AnthropicTraits, createAnthropic, type ModelTraits } from './anthropic.ts'
import type { Server } from './builtin.ts'
import { createGemini } from './gemini.ts'
import { createOpenAiChat } from './openai-chat.ts'
import { createOpenAiResponses } from './openai-responses.ts'
import { presetAt, presets } from './presets.ts'
import type { Provider } from './provider.ts'
import type { ServerOptions } from './server-options.ts'

type Known = (ModelTraits & { reasoning: boolean }) | undefined

/** What an adapter is handed beside its server. */
export interface AdapterContext extends Pick<ServerOptions, 'timeouts' | 'price' | 'heard'> {
  /** What the catalogue knows of a provider's model. */
  known: (provider: string, model: string) => Known
}

/** The adapter of a server's wire format. No SDK is loaded before its first call. */
export function createAdapter(server: Server, { known, ...context }: AdapterContext): Provider {
  const { id, baseUrl, key, keyEnv, keyHeader, headers, dialect, type } = server
  const options = { id, baseUrl, key, keyEnv, headers, ...context }
  const vendor = presetAt(baseUrl) === presets.openai
  const reasons = (model: string) => known(id, model)?.reasoning
  switch (type) {
    case 'openai':
      return createOpenAiChat({ ...options, keyHeader, vendor, dialect })
    case 'openai-responses':
      return createOpenAiResponses({ ...options, keyHeader, vendor, reasons, builtInTools: server.builtinTools })
    case 'gemini':
      return createGemini({ ...options, reasons })
    case 'anthropic':
      return createAnthropic({ ...options, traits: (model) => anthropicTraits(known('anthropic', model), known(id, model)) })
  }
}

/** Other servers of the same wire need not know how Anthropic's own models are told to think. */
function anthropicTraits(theirs: Known, known: Known): AnthropicTraits {
  const { maxOutputTokens } = known ?? theirs ?? {}
  if (theirs === undefined || !theirs.reasoning) return { thinking: 'none', maxOutputTokens }
  return { thinking: theirs.thinksAdaptively ? 'adaptive' : 'budget', maxOutputTokens }
}
