import { setTimeout as sleep } from 'node:timers/promises'
import type { Content, GoogleGenAI, Part } from '@google/genai/web'
import { OxbowError } from '../foundation/index.ts'

/** Files that go inside a request, in base64 characters: the API takes 20 MB in all, and words need room too. */
const MOST_INLINE = 14_000_000
/** The API keeps a file for 48 hours. */
const KEPT_MS = 47 * 3_600_000
const MOST_KNOWN = 200
/** How often, and how long, the API is asked whether it has read a film, in milliseconds. */
const LOOK_MS = 1_000
const READY_MS = 120_000
/** The most one upload may take, in milliseconds. */
const UPLOAD_MS = 300_000

/** Files that were handed to the API apart from the requests that name them, because they were too large to go inside. */
export class GeminiFiles {
  readonly #client: GoogleGenAI
  /** By digest: what the API calls them, and until when. */
  readonly #known = new Map<string, { uri: string; until: number }>()

  constructor(client: GoogleGenAI) {
    this.#client = client
  }

  /** Replaces the largest files by references until the rest may go inside. @throws what the API refuses; the signal's reason */
  async handIn(contents: readonly Content[], signal: AbortSignal): Promise<void> {
    for (const part of surplus(contents)) {
      const { data, mimeType } = part.inlineData!
      const uri = await this.#uriOf(Buffer.from(data!, 'base64'), mimeType!, signal)
      delete part.inlineData
      part.fileData = { fileUri: uri, mimeType: mimeType! }
    }
  }

  async #uriOf(bytes: Buffer<ArrayBuffer>, mimeType: string, signal: AbortSignal): Promise<string> {
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('base64')
    const known = this.#known.get(digest)
    if (known && known.until > Date.now()) return known.uri
    const uploaded = this.#client.files.upload({ file: new Blob([bytes], { type: mimeType }), config: { mimeType } })
    let file = await orAborted(uploaded, AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_MS)]))
    for (let waited = 0; file.state === 'PROCESSING' && waited < READY_MS; waited += LOOK_MS) {
      await sleep(LOOK_MS, undefined, { signal })
      file = await orAborted(this.#client.files.get({ name: file.name! }), signal)
    }
    if (file.state !== 'ACTIVE' || !file.uri) throw unread(mimeType, file.state)
    if (this.#known.size >= MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(digest, { uri: file.uri, until: Date.now() + KEPT_MS })
    return file.uri
  }
}

/** @throws OxbowError where files are too large to go inside a request, and may not be stored */
export function refuseSurplus(contents: readonly Content[], provider: string): void {
  if (surplus(contents).length === 0) return
  throw new OxbowError(
    'BAD_REQUEST',
    'provider.badRequest',
    `${provider} takes about ${Math.floor((MOST_INLINE * 3) / 4e6)} MB of files in one request, and this conversation has more.`,
    `Send fewer or smaller files, or set providers.${provider}.stateful = true: Google then stores them for 48 hours.`,
  )
}

/** The largest files, as many as have to go so that the rest fits. */
function surplus(contents: readonly Content[]): Part[] {
  const files = contents.flatMap(({ parts = [] }) => parts.filter((part) => part.inlineData?.data))
  files.sort((a, b) => b.inlineData!.data!.length - a.inlineData!.data!.length)
  let total = files.reduce((sum, part) => sum + part.inlineData!.data!.length, 0)
  const gone: Part[] = []
  for (const part of files) {
    if (total <= MOST_INLINE) break
    total -= part.inlineData!.data!.length
    gone.push(part)
  }
  return gone
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function unread(mimeType: string, state: string | undefined): OxbowError {
  const message = `Google could not read a file of type ${mimeType} (${state ?? 'no state'}).`
  return new OxbowError('BAD_REQUEST', 'provider.badRequest', message, 'Send it in another form, or leave it out.')
}
