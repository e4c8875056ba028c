import { randomBytes } from 'node:crypto'
import type { Clock } from '../../foundation/index.ts'

const LIFE_MS = 10 * 60_000
const MOST_OPEN = 64

/** One-time tickets: each opens one page, once, within ten minutes. */
export class Tickets {
  readonly #clock: Clock
  readonly #open = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  issue(): string {
    const ticket = randomBytes(24).toString('base64url')
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MOST_OPEN && oldest !== undefined) this.#open.delete(oldest)
    this.#open.set(ticket, this.#clock.ms() + LIFE_MS)
    return ticket
  }

  /** @returns whether the ticket was good; from now on it is not */
  redeem(ticket: string): boolean {
    const until = this.#open.get(ticket)
    this.#open.delete(ticket)
    return until !== undefined && this.#clock.ms() < until
  }
}
