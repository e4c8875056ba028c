import { appendFile, rm, truncate } from 'node:fs/promises'
import { MEDIA_LIMITS } from '../contract/index.ts'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { type MediaFiles, tooLarge } from './files.ts'

/** Uploads that may be open at once. */
const MOST_OPEN = 64
/** One that got no piece for this long is given up, in milliseconds. */
const PATIENCE_MS = 10 * 60_000

interface Upload {
  path: string
  size: number
  touchedAt: number
  /** A piece is being written. */
  busy: boolean
}

/** Files that come in pieces, each on the disk as far as it is there. */
export class Uploads {
  readonly #files: MediaFiles
  readonly #clock: Clock
  readonly #open = new Map<string, Upload>()

  constructor(files: MediaFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  get open(): number {
    this.#giveUp()
    return this.#open.size
  }

  /** @returns how much is there. @throws OxbowError `media.gap`, `media.tooLarge`, `media.busy` */
  async append(id: string, at: number, piece: Blob): Promise<number> {
    const upload = at === 0 ? await this.#begin(id) : this.#open.get(id)
    if (!upload || upload.busy || upload.size !== at) throw gap(upload?.size ?? 0)
    if (at + piece.size > MEDIA_LIMITS.fileBytes) {
      this.#forget(id)
      throw tooLarge()
    }
    upload.busy = true
    try {
      await appendFile(upload.path, new Uint8Array(await piece.arrayBuffer()), { mode: 0o600 })
      upload.size += piece.size
      upload.touchedAt = this.#clock.ms()
      return upload.size
    } catch (error) {
      this.#forget(id)
      throw error
    } finally {
      upload.busy = false
    }
  }

  /** Hands over what is there; from now on it is the caller's. @throws OxbowError `media.gap`, `media.empty` */
  async take(id: string, size: number): Promise<{ path: string; size: number }> {
    const upload = this.#open.get(id)
    if (!upload || upload.busy || upload.size !== size) throw gap(upload?.size ?? 0)
    this.#open.delete(id)
    return { path: upload.path, size }
  }

  async #begin(id: string): Promise<Upload> {
    this.#giveUp()
    const known = this.#open.get(id)
    if (known?.busy) throw gap(known.size)
    if (known) {
      known.busy = true
      await truncate(known.path, 0).finally(() => {
        known.busy = false
      })
      known.size = 0
      return known
    }
    if (this.#open.size >= MOST_OPEN)
      throw new OxbowError(
        'TOO_MANY_REQUESTS',
        'media.busy',
        'too many files are on their way',
        'Wait until some of them are there.',
      )
    const upload = { path: '', size: 0, touchedAt: this.#clock.ms(), busy: true }
    this.#open.set(id, upload)
    upload.path = await this.#files.fresh()
    upload.busy = false
    return upload
  }

  #giveUp(): void {
    const before = this.#clock.ms() - PATIENCE_MS
    for (const [id, { touchedAt, busy }] of this.#open) if (touchedAt < before && !busy) this.#forget(id)
  }

  #forget(id: string): void {
    const upload = this.#open.get(id)
    this.#open.delete(id)
    // What cannot be removed now is removed by the next sweep.
    if (upload?.path) void rm(upload.path, { force: true }).catch(() => {})
  }
}

const gap = (size: number): OxbowError =>
  new OxbowError('CONFLICT', 'media.gap', `of this upload ${size} bytes are there`, 'Begin it anew with a piece at 0.')
