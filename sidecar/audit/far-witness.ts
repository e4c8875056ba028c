import type { AuditCheckpoint } from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'

/** Checkpoints that wait to be sent; the oldest are dropped first, as the newest covers what they cover. */
const MOST_WAITING = 100
/** How long until the next try, in milliseconds; doubled each time up to the longest. */
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 15 * 60_000

export interface FarWitnessOptions {
  /** Its name for people. */
  path: string
  /** Sends the first of these or more. @returns how many were taken, at least one. May throw */
  deliver(waiting: readonly [AuditCheckpoint, ...AuditCheckpoint[]], signal: AbortSignal): Promise<number>
  journal: Pick<Log, 'warn'>
  /** How long one try may take, and how long the last one at the end, in milliseconds. */
  tryMs: number
  graceMs: number
  /** The least time between two deliveries. */
  paceMs?: number
  firstWaitMs?: number | undefined
}

/** A witness that is not on this computer. Nothing ever waits for it to be told. */
export class FarWitness {
  readonly path: string
  readonly #options: FarWitnessOptions
  readonly #waiting: AuditCheckpoint[] = []
  readonly #ending = new AbortController()
  #sending: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #waitMs: number

  constructor(options: FarWitnessOptions) {
    this.path = options.path
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

  /** Tries at once what waits, and settles when it was tried. */
  async settled(): Promise<void> {
    this.#rest()
    await (this.#sending ?? (this.#waiting.length > 0 ? this.#begin() : undefined))
  }

  /** One last try for what waits. @param graceMs how long that may take */
  async close(graceMs = this.#options.graceMs): Promise<void> {
    const end = setTimeout(() => this.#ending.abort(), graceMs)
    await this.settled()
    clearTimeout(end)
    this.#rest()
    this.#ending.abort()
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #begin(): Promise<void> {
    this.#sending ??= this.#send()
    return this.#sending
  }

  async #send(): Promise<void> {
    const { deliver, tryMs, paceMs, firstWaitMs = FIRST_WAIT_MS } = this.#options
    try {
      for (let [next, ...more] = this.#waiting; next; [next, ...more] = this.#waiting) {
        const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(tryMs)])
        const taken = [next, ...more].slice(0, await deliver([next, ...more], signal))
        for (const checkpoint of taken) if (this.#waiting[0] === checkpoint) this.#waiting.shift()
        this.#waitMs = firstWaitMs
        if (paceMs !== undefined) {
          this.#later(paceMs)
          return
        }
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#again(error)
    } finally {
      this.#sending = undefined
    }
  }

  #again(error: unknown): void {
    const { journal } = this.#options
    journal.warn({ err: error, witness: this.path, waiting: this.#waiting.length }, 'a witness cannot be told of a checkpoint')
    this.#later(this.#waitMs)
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS)
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#waiting.length > 0) void this.#begin()
    }, ms).unref()
  }
}
