import type { GoogleGenAI } from '@google/genai/web'
import { RefusalError } from './errors.ts'
import { readTogether } from './gather.ts'
import { GeminiAnswer } from './gemini-answer.ts'
import { toContents, toDeclarations } from './gemini-contents.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import type { ServerOptions } from './server-options.ts'
import { countCalls } from './tool-calls.ts'
import { overWire, type Wire } from './wire.ts'

export interface GeminiOptions extends ServerOptions {
  /** Whether the model thinks; undefined where nobody knows. */
  reasons: (model: string) => boolean | undefined
}

/** Google's Gemini. */
export function createGemini(options: GeminiOptions): Provider {
  let client: Promise<GoogleGenAI> | undefined
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, async function* (wire) {
        client ??= open(options)
        yield* talk(options, await client, request, wire)
      })
    },
  }
}

async function* talk(
  options: GeminiOptions,
  client: GoogleGenAI,
  request: ModelRequest,
  wire: Wire,
): AsyncGenerator<ProviderEvent> {
  const price = await options.price(request.model)
  const response = await ask(options, client, request, wire)
  const answer = new GeminiAnswer(countCalls(request), price, wire, response.headers)
  for await (const messages of wire.events(response)) for (const event of readTogether(messages, answer)) yield event
}

/**
 * Writes the request with the vendor's SDK and takes the raw answer from under it: the SDK's own reader knows neither our
 * time-outs nor all that servers send.
 */
async function ask(options: GeminiOptions, client: GoogleGenAI, request: ModelRequest, wire: Wire): Promise<Response> {
  let answer: Response | undefined
  await client.models.generateContentStream({
    model: request.model,
    contents: await toContents(request, options.id),
    config: {
      ...(request.system.trim() !== '' && { systemInstruction: request.system }),
      ...(request.tools.length > 0 && { tools: [{ functionDeclarations: toDeclarations(request) }] }),
      ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
      ...(options.reasons(request.model) && { thinkingConfig: { includeThoughts: true } }),
      httpOptions: {
        fetch: async (url, init) => {
          const response = await wire.fetch(url, init)
          if (!response.ok) throw new RefusalError(response.status, await response.text(), response.headers)
          answer = response
          return new Response(null)
        },
      },
    },
  })
  return answer!
}

/** The SDK is loaded on the first call. Its build for browsers is the same one without Google's own log-in. */
async function open(options: GeminiOptions): Promise<GoogleGenAI> {
  const { GoogleGenAI: Client } = await import('@google/genai/web')
  const { groups } = /^(?<base>.*?)(?:\/(?<version>v\d\w*))?$/.exec(options.baseUrl)!
  return new Client({
    apiKey: options.key ?? 'none',
    enterprise: false,
    apiVersion: groups?.version ?? 'v1beta',
    httpOptions: { baseUrl: groups?.base ?? options.baseUrl, headers: { ...options.headers } },
  })
}
