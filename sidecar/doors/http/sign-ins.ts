import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../foundation/index.ts'

/** Refusals in this span are one entry: whoever knocks without end must not fill the record. Milliseconds. */
const SPAN_MS = 10_000

/** A client that used the door within this span is known, and not recorded again. Milliseconds. */
const KNOWN_MS = 3_600_000
/** Clients that are told apart by what they call themselves, and the longest such name. */
const MOST_CLIENTS = 32
const MOST_NAME = 120

type Door = 'page' | 'socket' | 'http'

/** Records who came in at the HTTP door, and who was refused. */
export class SignIns {
  readonly #audit: Audit
  readonly #clock: Clock
  readonly #refused = new Map<string, { since: number; unsaid: number }>()

  /** When each client was last here. */
  readonly #clients = new Map<string, number>()

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

  /** A request with the token: the first one of a client in a while is an entry. @param agent what the client calls itself */
  used(agent = 'no name'): void {
    const now = this.#clock.ms()
    for (const [name, at] of this.#clients) if (now - at >= KNOWN_MS) this.#clients.delete(name)
    const named = agent.slice(0, MOST_NAME)
    const client = this.#clients.has(named) || this.#clients.size < MOST_CLIENTS ? named : 'other clients'
    const known = this.#clients.has(client)
    this.#clients.set(client, now)
    if (known) return
    const data = { door: 'http', by: 'token', client }
    this.#audit.record({ kind: 'door', actor: 'person', title: 'Came in: token at the http door', decision: 'allow', data })
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
