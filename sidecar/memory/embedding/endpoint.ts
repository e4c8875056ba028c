import { createHash } from 'node:crypto'
import type { OpenAI } from 'openai'
import { OxbowError } from '../../foundation/index.ts'
import type { Embedder } from './embedder.ts'
import { normalise } from './vector.ts'

export interface EndpointOptions {
  /** Up to and with the version, such as `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  /** Left out for a server on this computer that asks for none. */
  readonly key?: string | undefined
  readonly model: string
  /** Texts in one request. */
  readonly batch?: number
  /** How long one request may take; it is tried again twice. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const BATCH = 64
const TIMEOUT_MS = 30_000
const RETRIES = 2
/** Servers refuse an empty text, and a batch with one: it stands for no text and its vector stays zero. */
const isEmpty = (text: string) => text.trim() === ''

/**
 * An embedder behind an OpenAI-compatible endpoint (OpenAI, Ollama, LM Studio, vLLM …). It asks for one vector at once: the
 * dimensions are only known from an answer, and a wrong address or key shows here.
 * @param known what it was when it was asked before: it may be down now
 */
export async function connectEmbeddingEndpoint(
  options: EndpointOptions,
  known?: { id: string; dimensions: number },
): Promise<Embedder> {
  const client = await openClient(options)
  const batch = Math.max(1, options.batch ?? BATCH)
  const dimensions = known?.dimensions ?? (await request(client, options, ['dimensions']))[0]?.length ?? 0
  const hash = createHash('sha256').update(`${options.baseUrl}\n${options.model}\n${dimensions}`).digest('hex').slice(0, 12)

  const id = `${options.model}@${hash}`
  if (known && known.id !== id) return connectEmbeddingEndpoint(options)

  return {
    id,
    dimensions,
    async embed(texts) {
      const vectors: Float32Array[] = texts.map(() => new Float32Array(dimensions))
      const asked = [...texts.keys()].filter((at) => !isEmpty(texts[at] ?? ''))
      for (let start = 0; start < asked.length; start += batch) {
        const part = asked.slice(start, start + batch)
        const answer = await request(
          client,
          options,
          part.map((at) => texts[at] ?? ''),
        )
        answer.forEach((vector, nth) => {
          if (vector.length !== dimensions) {
            throw wrongAnswer(options, `a vector of ${vector.length} dimensions; the first had ${dimensions}`)
          }
          vectors[part[nth] ?? 0] = vector
        })
      }
      return vectors
    },
  }
}

/** The SDK is loaded on the first use only: it costs more than all the rest of this room. */
async function openClient(options: EndpointOptions): Promise<OpenAI> {
  const { default: Client } = await import('openai')
  return new Client({
    baseURL: options.baseUrl,
    apiKey: options.key ?? 'none',
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxRetries: RETRIES,
    logLevel: 'off',
    // What the environment says of OpenAI's own accounts is not for any other server.
    organization: null,
    project: null,
    ...(options.key === undefined && { defaultHeaders: { Authorization: null } }),
  })
}

async function request(client: OpenAI, options: EndpointOptions, input: string[]): Promise<Float32Array[]> {
  const response = await client.embeddings
    .create({ model: options.model, input, encoding_format: 'float' }, { signal: options.signal ?? null })
    .catch((error: unknown) => {
      throw refused(options, error)
    })
  const vectors: (Float32Array | undefined)[] = input.map(() => undefined)
  const entries: unknown = response.data
  if (!Array.isArray(entries)) throw wrongAnswer(options, 'no list "data"')
  entries.forEach((entry: { index?: unknown; embedding?: unknown } | null, at) => {
    const index = typeof entry?.index === 'number' ? entry.index : at
    if (index in vectors && isVector(entry?.embedding)) vectors[index] = normalise(Float32Array.from(entry.embedding))
  })
  const complete = vectors.filter((vector) => vector !== undefined)
  if (complete.length !== input.length) throw wrongAnswer(options, `${complete.length} vectors for ${input.length} texts`)
  return complete
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((number) => Number.isFinite(number))
}

function refused(options: EndpointOptions, error: unknown): OxbowError {
  const why = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  const hint =
    status === 401 || status === 403
      ? 'Check the key of the embeddings endpoint.'
      : status === 404
        ? 'Check the address (it ends in /v1 for most servers) and the name of the model.'
        : 'Check that the server runs and can be reached, or choose the bundled embedding model.'
  return new OxbowError(
    'SERVICE_UNAVAILABLE',
    'memory.embeddingEndpointFailed',
    `${where(options)} did not answer: ${why}`,
    hint,
    error,
  )
}

function wrongAnswer(options: EndpointOptions, what: string): OxbowError {
  const hint = 'Check that the address is that of an OpenAI-compatible server and the model one for embeddings.'
  return new OxbowError('SERVICE_UNAVAILABLE', 'memory.embeddingEndpointWrong', `${where(options)} answered with ${what}`, hint)
}

const where = ({ baseUrl, model }: EndpointOptions) => `The embeddings endpoint ${baseUrl} (model ${model})`
