import type { SessionId } from '../contract/index.ts'

/** A host that a box or a tool was not let out to, and that a person may be asked about. */
interface RefusedHost {
  host: string
  /** What would let it through. */
  rule: string
  url: string
}

/** What the kernel asks of the way out. */
export interface HostQuestions {
  /** What a session was refused since this was last asked. */
  take(session: SessionId): Promise<readonly RefusedHost[]>
}
