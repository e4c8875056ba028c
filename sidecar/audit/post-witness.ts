import type { AuditCheckpoint } from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'

/** Checkpoints that wait to be sent; the oldest go first, as the newest covers what they cover. */
const MOST_WAITING = 100
/** How long one try may take, and how long until the next, in milliseconds; doubled each time up to the longest. */
const TRY_MS = 15_000
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 15 * 60_000

export interface PostWitnessOptions {
  url: string
  /** Sends a body. @returns whether it was taken. May throw */
  post(url: string, body: string, signal: AbortSignal): Promise<boolean>
  journal: Pick<Log, 'warn'>
  firstWaitMs?: number
}

/** An address that is told of each checkpoint, by POST of the signed note. Nothing ever waits for it. */
export class PostWitness {
  readonly path: string
  readonly #options: PostWitnessOptions
  readonly #waiting: AuditCheckpoint[] = []
  readonly #ending = new AbortController()
  #sending: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #waitMs: number

  constructor(options: PostWitnessOptions) {
    this.path = options.url
    this.#options = options
    this.#waitMs = options.firstWaitMs ?? FIRST_WAIT_MS
  }

  /** Checkpoints that were not taken yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  remember(checkpoint: AuditCheckpoint): void {
    if (this.#ending.signal.aborted) return
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift()
    this.#waiting.push(checkpoint)
    if (this.#timer === undefined) this.#sending ??= this.#send()
  }

  /** One last try for what waits. @param graceMs how long that may take */
  async close(graceMs = 1000): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const end = setTimeout(() => this.#ending.abort(), graceMs)
    await (this.#sending ?? (this.#waiting.length > 0 ? this.#send() : undefined))
    clearTimeout(end)
    clearTimeout(this.#timer)
    this.#ending.abort()
  }

  async #send(): Promise<void> {
    const { post, journal, url, firstWaitMs = FIRST_WAIT_MS } = this.#options
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(TRY_MS)])
        if (!(await post(url, next.note, signal))) throw new Error('it was not taken')
        if (this.#waiting[0] === next) this.#waiting.shift()
        this.#waitMs = firstWaitMs
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#later(error, journal)
    } finally {
      this.#sending = undefined
    }
  }

  #later(error: unknown, journal: Pick<Log, 'warn'>): void {
    journal.warn({ err: error, url: this.path, waiting: this.#waiting.length }, 'a witness cannot be told of a checkpoint')
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sending ??= this.#send()
    }, this.#waitMs).unref()
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS)
  }
}
