export type BreakerState = 'closed' | 'open' | 'halfOpen'

/** Failures within `WINDOW_MS` that open a breaker. */
const FAILURES = 5
const WINDOW_MS = 60_000
/** How long an open breaker refuses before it lets a probe through. */
const REST_MS = 30_000
/** Probes that must succeed, one after the other, to close it. */
const SUCCESSES = 2

/**
 * A circuit breaker for one model of one provider: closed → open after five failures in a minute → half-open lets exactly
 * one probe through at a time → closed after two successes. After M. Nygard, "Release It!", 2nd ed., ch. 5.
 * @param now monotonic, in milliseconds
 */
export class Breaker {
  readonly #now: () => number
  #failures: number[] = []
  #openedAt: number | undefined
  #probing = false
  #successes = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get state(): BreakerState {
    if (this.#openedAt === undefined) return 'closed'
    return this.#now() - this.#openedAt < REST_MS ? 'open' : 'halfOpen'
  }

  /** Milliseconds until a probe may go; 0 where one may go now, or a call may go freely. */
  get restMs(): number {
    return this.#openedAt === undefined ? 0 : Math.max(0, this.#openedAt + REST_MS - this.#now())
  }

  /** Asks to make a call. Whoever is let through reports its end with `succeeded`, `failed` or `left`. */
  enter(): boolean {
    const { state } = this
    if (state === 'closed') return true
    if (state === 'open' || this.#probing) return false
    this.#probing = true
    return true
  }

  succeeded(): void {
    this.#probing = false
    if (this.#openedAt === undefined) {
      this.#failures = []
      return
    }
    if (++this.#successes < SUCCESSES) return
    this.#openedAt = undefined
    this.#failures = []
    this.#successes = 0
  }

  failed(): void {
    const now = this.#now()
    const wasProbe = this.#probing
    this.#probing = false
    this.#successes = 0
    this.#failures = [...this.#failures.filter((at) => now - at < WINDOW_MS), now].slice(-FAILURES)
    if (wasProbe || (this.#openedAt === undefined && this.#failures.length >= FAILURES)) this.#openedAt = now
  }

  /** The call ended without telling anything of the server's health: it was given up, or refused for what it asked. */
  left(): void {
    this.#probing = false
  }
}
