import type { Audit } from '../audit/index.ts'
import type { Approval, ApprovalId, ApprovalScope, PolicyRule, SessionEvent, SessionId } from '../contract/index.ts'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { type Grants, grantSubject, type Hosts, type RuleFiles } from '../policy/index.ts'
import type { SessionLog } from './log/session-log.ts'

export interface Answer {
  allow: boolean
  scope: ApprovalScope
  note?: string | undefined
  /** With "always": these rules are saved, in place of a yes to this very call. */
  rules?: readonly PolicyRule[] | undefined
}

export interface ApprovalsOptions {
  log: SessionLog
  grants: Grants
  rules: Pick<RuleFiles, 'add'>
  hosts: Pick<Hosts, 'add'>
  /** Told of what a yes allows beyond its call. */
  audit: Pick<Audit, 'record'>
  clock: Clock
  /** How long a question waits: `30m`, `24h`, `7d`, or `never`: for ever. Undefined: a day where nobody saw it asked, else for ever. */
  expiry?(): string | undefined
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
/** How long a question of a run in the background waits, if nothing else is set. */
const UNSEEN = '24h'
/** A timer waits no longer than this at once, in milliseconds: longer ones end at once. */
const MOST_WAIT_MS = 86_400_000

/** Questions to a person. They live in the session log, so they outlast a restart; here wait the turns that asked. */
export class Approvals {
  readonly #options: ApprovalsOptions
  readonly #waiting = new Map<ApprovalId, { settle: (allowed: boolean) => void; expiresAt: string | undefined }>()
  /** One for all questions: it runs only while one waits that ends. */
  #timer: NodeJS.Timeout | undefined

  constructor(options: ApprovalsOptions) {
    this.#options = options
  }

  list(sessionId?: SessionId): Approval[] {
    const { log } = this.#options
    const sessions = sessionId === undefined ? log.openSessions() : [sessionId]
    return sessions.flatMap((id) => log.view(id).approvals).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** When a question that is asked now ends unanswered. */
  expiresAt(session: SessionId): string | undefined {
    const expiry = this.#options.expiry?.() ?? (this.#options.log.isWatched(session) ? 'never' : UNSEEN)
    const [, count, unit] = /^(\d+)([mhd])$/.exec(expiry) ?? []
    if (count === undefined || unit === undefined) return undefined
    return new Date(Date.parse(this.#options.clock.iso()) + Number(count) * UNITS[unit]!).toISOString()
  }

  /** Settles with the answer, which is no after `expiresAt`; with undefined when the signal aborts. */
  wait(id: ApprovalId, signal: AbortSignal, expiresAt?: string): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      const settle = (allowed: boolean | undefined): void => {
        this.#waiting.delete(id)
        this.#setTimer()
        signal.removeEventListener('abort', abort)
        resolve(allowed)
      }
      const abort = (): void => settle(undefined)
      if (signal.aborted) return resolve(undefined)
      this.#waiting.set(id, { settle, expiresAt })
      this.#setTimer()
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /**
   * Writes the answer, what it grants and what follows for the call, in one transaction.
   * @throws OxbowError `approval.notFound`, `approval.onceOnly`, `approval.rules`, `policy.invalid`
   */
  answer(id: ApprovalId, given: Answer): void {
    const approval = this.#open().find((a) => a.id === id)
    if (!approval)
      throw new OxbowError(
        'NOT_FOUND',
        'approval.notFound',
        `no question ${id} is open`,
        'It was answered already, its time ran out, or its turn has ended.',
      )
    checkScope(approval, given)
    const { allow, scope, rules = [] } = given
    const [first, ...others] = rules
    if (rules.length > 0 && !(allow && scope === 'always' && rules.every(({ effect }) => effect === 'allow')))
      throw new OxbowError(
        'BAD_REQUEST',
        'approval.rules',
        'Only a yes with "always" takes rules, and only such that allow.',
        'Leave the rules out, or add them with `oxbow policy add`.',
      )
    if (first) this.#options.rules.add(first, ...others)
    for (const rule of rules)
      this.#options.audit.record({
        kind: 'policy',
        actor: 'person',
        title: 'Rule added',
        content: rule,
        session: approval.sessionId,
      })
    this.#writeOf(approval, given)
  }

  /**
   * Answers all of these that are still open, or none where one of them cannot be answered so. @returns how many that were
   * @throws OxbowError `approval.onceOnly`
   */
  answerAll(ids: readonly ApprovalId[], given: Omit<Answer, 'rules'>): number {
    const wanted = new Set(ids)
    const still = this.#open().filter(({ id }) => wanted.has(id))
    for (const approval of still) checkScope(approval, given)
    for (const approval of still) this.#writeOf(approval, given)
    return still.length
  }

  /** The questions that can be answered: a timer may be late, after a sleep of the computer for one. */
  #open(): Approval[] {
    this.#expire()
    return this.list()
  }

  #writeOf(approval: Approval, given: Answer): void {
    this.#write(approval, given, given.allow ? `a person allowed it (${given.scope})` : 'a person said no')
  }

  #write(approval: Approval, { allow, scope, note, rules = [] }: Answer, reason: string): void {
    const { log, grants, hosts, audit } = this.#options
    const { id, sessionId, messageId, partId, tool, tier, args, changes, hosts: refused } = approval
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
    const { workspace } = log.summary(sessionId)
    log.append(sessionId, [answered, outcome], {
      also: () => {
        if (!allow || scope === 'once') return
        // Asked about hosts, a yes is one to them, not to the call.
        if (refused) {
          const only = scope === 'session' ? { sessionId } : { workspace }
          hosts.add(refused, only)
          for (const host of refused)
            audit.record({ kind: 'policy', actor: 'person', title: `Host allowed: ${host}`, content: only, session: sessionId })
        } else if (rules.length === 0)
          grants.add({ scope, sessionId, workspace, tier, subject: grantSubject(tier, args, changes && tool) })
      },
    })
    this.#waiting.get(id)?.settle(allow)
  }

  #setTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const times = [...this.#waiting.values()].flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]))
    const [soonest] = times.sort()
    if (soonest === undefined) return
    const left = Math.max(0, Date.parse(soonest) - Date.parse(this.#options.clock.iso()))
    this.#timer = setTimeout(() => this.#expire(), Math.min(left + 1, MOST_WAIT_MS))
    this.#timer.unref()
  }

  /** What nobody answered in time is a no. */
  #expire(): void {
    const now = this.#options.clock.iso()
    for (const approval of this.list())
      if (approval.expiresAt !== undefined && approval.expiresAt <= now)
        this.#write(approval, { allow: false, scope: 'once' }, 'nobody answered in time')
    this.#setTimer()
  }
}

/** @throws OxbowError `approval.onceOnly` */
function checkScope({ title, reason, onceOnly }: Approval, { allow, scope }: Answer): void {
  if (allow && scope !== 'once' && onceOnly)
    throw new OxbowError(
      'BAD_REQUEST',
      'approval.onceOnly',
      `${title} can be allowed once only: ${reason}`,
      'Answer with once. What the labels of a session say, `oxbow taint` shows, and a person can clear them.',
    )
}
