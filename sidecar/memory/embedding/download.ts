import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EmbeddingDownload } from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import { folderOf } from './specification.ts'

/** What a Model2Vec model is made of. */
const NEEDED = ['model.safetensors', 'tokenizer.json']
const OWNER = 'minishlab'
const LIST_TIMEOUT_MS = 30_000
/** Without a byte for so long, a download has failed. */
const STALL_MS = 30_000
const MAX_BYTES = 1024 ** 3

const Listing = z.array(
  z.object({
    path: z.string(),
    size: z.number().int().nonnegative(),
    /** SHA-1 of the file as git stores it. */
    oid: z.string(),
    /** Large files: SHA-256 of the content. */
    lfs: z.object({ oid: z.string() }).optional(),
  }),
)
type Listed = z.infer<typeof Listing>[number]

/** Brings embedding models from a hub of Hugging Face's kind, one at a time, checked by their hashes. */
export class ModelDownloads {
  readonly #folder: string
  readonly #hub: () => string
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #last: EmbeddingDownload | undefined

  /** @param hub its address, asked for each time */
  constructor(folder: string, hub: () => string) {
    this.#folder = folder
    this.#hub = hub
  }

  /** The one that runs or ran last. */
  get last(): EmbeddingDownload | undefined {
    return this.#last && { ...this.#last }
  }

  async downloaded(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    return names.filter((name) => !name.endsWith(PART)).map((name) => name.replace('--', '/'))
  }

  /** Begins in the background; the same again joins the one that runs. @throws OxbowError `memory.downloading` */
  begin(name: string): EmbeddingDownload {
    if (this.#running && this.#last?.name !== name)
      throw new OxbowError(
        'CONFLICT',
        'memory.downloading',
        `the model ${this.#last?.name} is being downloaded`,
        'Wait until it is there.',
      )
    if (!this.#running) {
      const progress: EmbeddingDownload = { name, state: 'loading', doneBytes: 0, ofBytes: 0 }
      this.#last = progress
      this.#running = this.#load(name, progress)
        .then(
          () => {
            progress.state = 'done'
          },
          (error: unknown) => {
            progress.state = 'failed'
            progress.error = inWords(error)
          },
        )
        .finally(() => {
          this.#running = undefined
        })
    }
    return { ...this.#last! }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #load(name: string, progress: EmbeddingDownload): Promise<void> {
    const repository = name.includes('/') ? name : `${OWNER}/${name}`
    const hub = this.#hub().replace(/\/+$/, '')
    const listed = await this.#list(`${hub}/api/models/${repository}/tree/main`)
    const files = NEEDED.map((path) => {
      const file = listed.find((each) => each.path === path)
      if (file) return file
      throw new OxbowError('BAD_REQUEST', 'memory.noStaticModel', `${repository} has no ${path}`, 'Name a Model2Vec model.')
    })
    progress.ofBytes = files.reduce((sum, { size }) => sum + size, 0)
    if (progress.ofBytes > MAX_BYTES)
      throw new OxbowError('BAD_REQUEST', 'memory.modelTooLarge', `${repository} is larger than 1 GiB`, 'Name a smaller model.')
    const target = folderOf(name, this.#folder)
    const part = `${target}${PART}`
    await rm(part, { recursive: true, force: true })
    await mkdir(part, { recursive: true, mode: 0o700 })
    try {
      for (const file of files)
        await this.#fetch(`${hub}/${repository}/resolve/main/${file.path}`, join(part, file.path), file, progress)
      await rm(target, { recursive: true, force: true })
      await rename(part, target)
    } finally {
      await rm(part, { recursive: true, force: true })
    }
  }

  async #list(url: string): Promise<Listed[]> {
    const response = await fetch(url, { signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]) })
    if (!response.ok) throw answered(url, response.status)
    return Listing.parse(await response.json())
  }

  async #fetch(url: string, path: string, { size, oid, lfs }: Listed, progress: EmbeddingDownload): Promise<void> {
    const stalled = new AbortController()
    let timer = setTimeout(() => stalled.abort(), STALL_MS)
    const file = await open(path, 'wx', 0o600)
    const hash = lfs ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`)
    let seen = 0
    try {
      const response = await fetch(url, { signal: AbortSignal.any([this.#stop.signal, stalled.signal]) })
      if (!response.ok || response.body === null) throw answered(url, response.status)
      for await (const chunk of response.body) {
        clearTimeout(timer)
        timer = setTimeout(() => stalled.abort(), STALL_MS)
        seen += chunk.byteLength
        if (seen > size) break
        hash.update(chunk)
        await file.writeFile(chunk)
        progress.doneBytes += chunk.byteLength
      }
    } finally {
      clearTimeout(timer)
      await file.close()
    }
    if (seen !== size || hash.digest('hex') !== (lfs?.oid ?? oid))
      throw new OxbowError(
        'SERVICE_UNAVAILABLE',
        'memory.modelDamaged',
        `${url} is not the file that the hub's list names`,
        'Download it again.',
      )
  }
}

const PART = '.part'

const answered = (url: string, status: number): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'memory.hub', `${url} answered with status ${status}`, 'Check the name of the model.')

function inWords(error: unknown): string {
  if (error instanceof OxbowError) return `${error.message}. ${error.hint ?? ''}`.trim()
  const { message, cause } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? message
}
