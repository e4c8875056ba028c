import type { OpenAI } from 'openai'
import type { ServerOptions } from './server-options.ts'
import { fetchOverWire } from './wire.ts'

export interface ClientOptions extends ServerOptions {
  /** The header that carries the key; `Authorization: Bearer` where none is named. */
  keyHeader?: string | undefined
  /** Whether the server is OpenAI's own: only there an organization of the environment is meant. */
  vendor: boolean
}

/** OpenAI's SDK for one server; calls go over the wire they carry. It is loaded on the first call: it costs more than all the rest of a start. */
export function openaiClient(options: ClientOptions): () => Promise<OpenAI> {
  let client: Promise<OpenAI> | undefined
  return () => {
    client ??= openClient(options)
    return client
  }
}

async function openClient(options: ClientOptions): Promise<OpenAI> {
  const { default: Client } = await import('openai')
  const { key, keyHeader } = options
  return new Client({
    baseURL: options.baseUrl,
    apiKey: key ?? 'none',
    maxRetries: 0,
    logLevel: 'off',
    fetch: fetchOverWire,
    ...(!options.vendor && { organization: null, project: null }),
    defaultHeaders: {
      ...((key === undefined || keyHeader !== undefined) && { Authorization: null }),
      ...(key !== undefined && keyHeader !== undefined && { [keyHeader]: key }),
      ...options.headers,
    },
  })
}
