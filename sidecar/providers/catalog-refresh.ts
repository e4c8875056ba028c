import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { CatalogProvider } from './catalog-file.ts'

export interface RefreshOptions {
  url: string
  /** The file that is replaced; the one before is kept beside it. */
  path: string
  clock: Clock
  /** For the whole of the answer. */
  timeoutMs?: number
}

export interface Refreshed {
  providers: number
  models: number
  asOf: string
}

/** models.dev's file has 3 MB; ten times that is something else. */
const MAX_BYTES = 32 * 1024 * 1024
const TIMEOUT_MS = 25_000
/** What keeps less than this of the providers we know is no catalogue of models. */
const LEAST_MODELS = 10

/**
 * Fetches models.dev's catalogue and puts it in place of the one before. Where anything is wrong with it, nothing changes.
 * @throws OxbowError `catalog.unreachable`, `catalog.invalid`
 */
export async function refreshCatalog({ url, path, clock, timeoutMs = TIMEOUT_MS }: RefreshOptions): Promise<Refreshed> {
  const providers = readProviders(await download(url, timeoutMs), url)
  const models = providers.reduce((sum, provider) => sum + Object.keys(provider.models).length, 0)
  if (models < LEAST_MODELS) throw invalid(url, `it names ${models} models`)
  const asOf = clock.iso()
  const notice = `Data of models.dev (MIT), fetched from ${new URL(url).origin}.`
  const text = JSON.stringify({ notice, asOf, providers: Object.fromEntries(providers.map((each) => [each.id, each])) })
  await replace(path, text)
  return { providers: providers.length, models, asOf }
}

async function download(url: string, timeoutMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { signal, headers: { accept: 'application/json' } })
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      throw unreachable(url, `it answered with status ${response.status}`)
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.byteLength
      if (size > MAX_BYTES) throw invalid(url, `it is larger than ${MAX_BYTES / 1024 ** 2} MiB`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    if (error instanceof OxbowError) throw error
    if (signal.aborted) throw unreachable(url, `it took longer than ${timeoutMs / 1000} s`, error)
    const { cause, message } = error as Error & { cause?: { code?: string } }
    throw unreachable(url, cause?.code ?? message, error)
  }
}

/** models.dev's file is an object of providers. A provider with one wrong model is left out; the shipped one stays. */
function readProviders(text: string, url: string): CatalogProvider[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(url, 'it is no JSON', error)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid(url, 'it is no object of providers')
  return Object.entries(json).flatMap(([id, entry]) => {
    const parsed = CatalogProvider.safeParse(entry)
    return parsed.success && parsed.data.id === id ? [parsed.data] : []
  })
}

/** There is a whole file at every moment. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text, { mode: 0o600, flush: true })
    await copyBefore(path)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function copyBefore(path: string): Promise<void> {
  await copyFile(path, `${path}.old`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

const unreachable = (url: string, why: string, cause?: unknown): OxbowError =>
  new OxbowError(
    'SERVICE_UNAVAILABLE',
    'catalog.unreachable',
    `The model catalogue cannot be fetched from ${host(url)}: ${why}.`,
    'Check the network and models.catalog_url. The catalogue you have stays in use.',
    cause,
  )

const invalid = (url: string, why: string, cause?: unknown): OxbowError =>
  new OxbowError(
    'SERVICE_UNAVAILABLE',
    'catalog.invalid',
    `What ${host(url)} sent is no model catalogue: ${why}.`,
    'Check models.catalog_url. The catalogue you have stays in use.',
    cause,
  )

/** An address may hold what is secret. */
const host = (url: string): string => new URL(url).host
