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
/** Of one session between two questions: told one by one. */
const MOST_TOLD = 1024
/** Of one session: asked about. */
const MOST_ASKED = 32

interface OfSession {
  /** Each as `host:port:code`. */
  told: Set<string>
  /** The newest: what ended a command comes last. */
  asked: Map<string, Refused>
  /** How many were refused beyond those told, and the last of them. */
  untold: number
  last?: Refused
}

/** What was refused since somebody last asked, by session: so that a refusal becomes a question. */
export class RefusedHosts {
  readonly #bySession = new Map<string, OfSession>()
  readonly #tell: (refused: Refused) => void

  /** @param tell told of each that is new; of what is beyond the bound together, when it is over */
  constructor(tell: (refused: Refused) => void) {
    this.#tell = tell
  }

  note({ session, workspace, silent }: Pick<GuestOptions, 'session' | 'workspace' | 'silent'>, error: unknown): void {
    if (!(error instanceof EgressRefusal)) return
    const { host, port, code, message: reason } = error
    const askable = error.askable && silent !== true
    const refused: Refused = { ...(session && { session }), workspace, host, port, code, reason, askable }
    if (session === undefined) {
      this.#tell(refused)
      return
    }
    const of: OfSession = this.#bySession.get(session) ?? { told: new Set(), asked: new Map(), untold: 0 }
    this.#bySession.delete(session)
    this.#bySession.set(session, of)
    const key = `${host}:${port}:${code}:${askable}`
    of.asked.delete(key)
    of.asked.set(key, refused)
    if (of.asked.size > MOST_ASKED) of.asked.delete(of.asked.keys().next().value!)
    if (!of.told.has(key)) {
      if (of.told.size < MOST_TOLD) {
        of.told.add(key)
        this.#tell(refused)
      } else {
        of.untold++
        of.last = refused
      }
    }
    if (this.#bySession.size > MOST_SESSIONS) this.#forget(this.#bySession.keys().next().value!)
  }

  take(session: string): Refused[] {
    const found = [...(this.#bySession.get(session)?.asked.values() ?? [])]
    this.#forget(session)
    return found
  }

  #forget(session: string): void {
    const of = this.#bySession.get(session)
    this.#bySession.delete(session)
    if (of?.last === undefined) return
    const { untold, last } = of
    this.#tell({ ...last, reason: `${untold} refusals more than are told one by one; this is the last. ${last.reason}` })
  }
}
