import type { LocalKind, Server } from './builtin.ts'

export interface FoundServer {
  provider: string
  baseUrl: string
  models: string[]
}

const MAX_ANSWER_BYTES = 1024 * 1024
const MAX_MODELS = 200

/**
 * Asks a server for its models. Undefined when none answers in time, or what answers is of another kind. One that is not of a kind
 * that people run on their own computer is asked as OpenAI's is, with its key.
 */
export async function probe(server: Server, timeoutMs: number): Promise<FoundServer | undefined> {
  const ask = server.local === undefined ? anyOpenAi : asks[server.local]
  try {
    const answer = await getJson(ask.url(server.baseUrl), AbortSignal.timeout(timeoutMs), server.key)
    const models = ask.models(answer)?.filter((id) => !/embed/i.test(id))
    if (models === undefined || models.length === 0) return undefined
    return { provider: server.id, baseUrl: server.baseUrl, models: models.slice(0, MAX_MODELS) }
  } catch {
    return undefined // nobody there, too slow, or no JSON: for a probe all the same
  }
}

interface Ask {
  url(baseUrl: string): string
  /** Names of the models; undefined when the answer is not from a server of this kind. */
  models(answer: unknown): string[] | undefined
}

/** A usual port proves nothing, 8080 least of all: each kind is told by a mark in its own answer. */
const asks: Readonly<Record<LocalKind, Ask>> = {
  ollama: {
    url: (baseUrl) => `${baseUrl.replace(/\/v1$/, '')}/api/tags`,
    models: (answer) => list(answer, 'models', (item) => (typeof item.digest === 'string' ? item.name : undefined)),
  },
  lmstudio: openAiList((item) => item.owned_by === 'organization_owner'),
  llamacpp: openAiList((item) => item.owned_by === 'llamacpp'),
  vllm: openAiList((item) => item.owned_by === 'vllm'),
}

const anyOpenAi = openAiList(() => true)

function openAiList(isOurs: (item: Record<string, unknown>) => boolean): Ask {
  return {
    url: (baseUrl) => `${baseUrl}/models`,
    models: (answer) => list(answer, 'data', (item) => (item.object === 'model' && isOurs(item) ? item.id : undefined)),
  }
}

function list(answer: unknown, field: string, name: (item: Record<string, unknown>) => unknown): string[] | undefined {
  const items = isRecord(answer) ? answer[field] : undefined
  if (!Array.isArray(items)) return undefined
  const names = items.map((item) => (isRecord(item) ? name(item) : undefined))
  // No white space in a model's reference.
  return names.every((each) => typeof each === 'string') ? names.filter((each) => /^\S{1,150}$/.test(each)) : undefined
}

async function getJson(url: string, signal: AbortSignal, key: string | undefined): Promise<unknown> {
  const headers = { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) }
  // A redirect would carry the key to an address nobody configured.
  const response = await fetch(url, { signal, redirect: 'error', headers })
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    return undefined
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
