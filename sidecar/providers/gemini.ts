import type { GoogleGenAI } from '@google/genai/web'
import { RefusalError } from './errors.ts'
import { readTogether } from './gather.ts'
import { GeminiAnswer } from './gemini-answer.ts'
import { toContents, toDeclarations } from './gemini-contents.ts'
import { GeminiFiles, refuseSurplus } from './gemini-files.ts'
import type { ModelRequest, Provider, ProviderEvent } from './provider.ts'
import type { ServerOptions } from './server-options.ts'
import { countCalls } from './tool-calls.ts'
import { overWire, type Wire } from './wire.ts'

export interface GeminiOptions extends ServerOptions {
  /** Whether the model thinks; undefined where nobody knows. */
  reasons: (model: string) => boolean | undefined
  /** Whether files that are too large for a request may be stored at the vendor. */
  stateful: boolean
}

interface Opened {
  client: GoogleGenAI
  files: GeminiFiles
}

/** Google's Gemini. */
export function createGemini(options: GeminiOptions): Provider {
  let opened: Promise<Opened> | undefined
  return {
    id: options.id,
    stream(request, signal) {
      const target = { ...options, provider: options.id, model: request.model }
      return overWire(target, signal, options.timeouts, async function* (wire) {
        opened ??= open(options)
        yield* talk(options, await opened, request, wire)
      })
    },
  }
}

async function* talk(options: GeminiOptions, opened: Opened, request: ModelRequest, wire: Wire): AsyncGenerator<ProviderEvent> {
  const price = await options.price(request.model)
  const response = await ask(options, opened, request, wire)
  const answer = new GeminiAnswer(countCalls(request), price, wire, response.headers)
  for await (const messages of wire.events(response)) for (const event of readTogether(messages, answer)) yield event
}

/**
 * Writes the request with the vendor's SDK and takes the raw answer from under it: the SDK's own reader knows neither our
 * time-outs nor all that servers send.
 */
async function ask(options: GeminiOptions, { client, files }: Opened, request: ModelRequest, wire: Wire): Promise<Response> {
  const contents = await toContents(request, options.id)
  if (options.stateful) await files.handIn(contents, wire.signal)
  else refuseSurplus(contents, options.id)
  let answer: Response | undefined
  await client.models.generateContentStream({
    model: request.model,
    contents,
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
async function open(options: GeminiOptions): Promise<Opened> {
  const { GoogleGenAI: Client } = await import('@google/genai/web')
  const { groups } = /^(?<base>.*?)(?:\/(?<version>v\d\w*))?$/.exec(options.baseUrl)!
  const client = new Client({
    apiKey: options.key ?? 'none',
    enterprise: false,
    apiVersion: groups?.version ?? 'v1beta',
    httpOptions: { baseUrl: groups?.base ?? options.baseUrl, headers: { ...options.headers }, fetch: withoutRedirects },
  })
  return { client, files: new GeminiFiles(client) }
}

/** A redirect would carry the key to an address nobody configured. */
const withoutRedirects: typeof fetch = (url, init) => fetch(url, { ...init, redirect: 'error' })
