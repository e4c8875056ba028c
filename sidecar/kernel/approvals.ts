import type { Approval, ApprovalId, ApprovalScope, SessionEvent, SessionId } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { type Grants, grantSubject } from '../policy/index.ts'
import type { SessionLog } from './log/session-log.ts'

export interface Answer {
  allow: boolean
  scope: ApprovalScope
  note?: string | undefined
}

/** Questions to a person. They live in the session log, so they outlast a restart; here wait the turns that asked. */
export class Approvals {
  readonly #log: SessionLog
  readonly #grants: Grants
  readonly #waiting = new Map<ApprovalId, (allowed: boolean) => void>()

  constructor(log: SessionLog, grants: Grants) {
    this.#log = log
    this.#grants = grants
  }

  list(sessionId?: SessionId): Approval[] {
    const sessions = sessionId === undefined ? this.#log.openSessions() : [sessionId]
    return sessions.flatMap((id) => this.#log.view(id).approvals).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Settles with the answer; with undefined when the signal aborts. */
  wait(id: ApprovalId, signal: AbortSignal): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      const settle = (allowed: boolean | undefined): void => {
        this.#waiting.delete(id)
        signal.removeEventListener('abort', abort)
        resolve(allowed)
      }
      const abort = (): void => settle(undefined)
      if (signal.aborted) return resolve(undefined)
      this.#waiting.set(id, settle)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /**
   * Writes the answer, what it grants and what follows for the call, in one transaction.
   * @throws OxbowError `approval.notFound`
   */
  answer(id: ApprovalId, { allow, scope, note }: Answer): void {
    const approval = this.list().find((a) => a.id === id)
    if (!approval)
      throw new OxbowError(
        'NOT_FOUND',
        'approval.notFound',
        `no question ${id} is open`,
        'It was answered already, or its turn has ended.',
      )
    const { sessionId, messageId, partId, tier, args } = approval
    const reason = allow ? `a person allowed it (${scope})` : 'a person said no'
    const outcome: SessionEvent = { type: allow ? 'toolAllowed' : 'toolDenied', messageId, partId, reason }
    const answered: SessionEvent = {
      type: 'approvalAnswered',
      messageId,
      partId,
      approvalId: id,
      allow,
      scope,
      ...(note !== undefined && { note }),
    }
    const { workspace } = this.#log.summary(sessionId)
    this.#log.append(sessionId, [answered, outcome], {
      also: () => {
        if (allow && scope !== 'once') this.#grants.add({ scope, sessionId, workspace, tier, subject: grantSubject(tier, args) })
      },
    })
    this.#waiting.get(id)?.(allow)
  }
}
