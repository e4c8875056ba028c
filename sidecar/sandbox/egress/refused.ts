import { EgressRefusal } from '../../policy/egress/index.ts'
import type { GuestOptions } from './guests.ts'

/** What was not let out. */
export interface Refused {
  session?: string | undefined
  workspace: string
  host: string
  port: number
  code: string
  reason: string
  /** Whether a person's yes to this host and port would let it through. */
  askable: boolean
}

const MOST_SESSIONS = 256
const MOST_EACH = 32

/** What was refused since somebody last asked, by session: so that a refusal becomes a question. */
export class RefusedHosts {
  readonly #bySession = new Map<string, Map<string, Refused>>()

  /** @returns what is new; the same again, and what is too much, is not */
  note(
    { session, workspace, silent }: Pick<GuestOptions, 'session' | 'workspace' | 'silent'>,
    error: unknown,
  ): Refused | undefined {
    if (!(error instanceof EgressRefusal)) return undefined
    const { host, port, code, message: reason } = error
    const askable = error.askable && silent !== true
    const refused: Refused = { ...(session && { session }), workspace, host, port, code, reason, askable }
    if (session === undefined) return refused
    const known = this.#bySession.get(session) ?? new Map<string, Refused>()
    this.#bySession.delete(session)
    this.#bySession.set(session, known)
    const key = `${host}:${port}:${code}:${askable}`
    const news = !known.has(key) && known.size < MOST_EACH
    if (news) known.set(key, refused)
    if (this.#bySession.size > MOST_SESSIONS) this.#bySession.delete(this.#bySession.keys().next().value!)
    return news ? refused : undefined
  }

  take(session: string): Refused[] {
    const found = [...(this.#bySession.get(session)?.values() ?? [])]
    this.#bySession.delete(session)
    return found
  }
}
