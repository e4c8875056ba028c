import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../foundation/index.ts'

/** Refusals in this span are one entry: whoever knocks without end must not fill the record. Milliseconds. */
const SPAN_MS = 10_000

type Door = 'page' | 'socket' | 'http'

/** Records who came in at the HTTP door, and who was refused. */
export class SignIns {
  readonly #audit: Audit
  readonly #clock: Clock
  readonly #refused = new Map<string, { since: number; unsaid: number }>()

  constructor(audit: Audit, clock: Clock) {
    this.#audit = audit
    this.#clock = clock
  }

  /** @param with what opened the door: a ticket, the token */
  opened(door: Door, by: 'ticket' | 'token'): void {
    this.#audit.record({
      kind: 'door',
      actor: 'person',
      title: `Came in: ${by} at the ${door} door`,
      decision: 'allow',
      data: { door, by },
    })
  }

  refused(door: Door, why: 'ticket' | 'token' | 'origin'): void {
    const key = `${door} ${why}`
    const now = this.#clock.ms()
    const last = this.#refused.get(key)
    if (last && now - last.since < SPAN_MS) {
      last.unsaid++
      return
    }
    this.#refused.set(key, { since: now, unsaid: 0 })
    const more = last?.unsaid ?? 0
    this.#audit.record({
      kind: 'door',
      actor: 'outsider',
      title: `Refused: ${REASONS[why]} at the ${door} door`,
      decision: 'deny',
      data: { door, by: why, ...(more > 0 && { moreBefore: more }) },
    })
  }
}

const REASONS = { ticket: 'a ticket that is spent or unknown', token: 'a wrong token', origin: 'another site or name' } as const
