import type { Approval, ApprovalScope, Client, PolicyRule } from '../../contract/index.ts'
import { causeOf } from './problem.ts'

export interface PersonAnswer {
  allow: boolean
  scope: ApprovalScope
  note?: string
  /** Saved with "always", in place of a yes to this very call. */
  rules?: PolicyRule[]
}

/** Asks the person. Undefined when the signal aborts first, since the question was answered elsewhere or its turn ended. */
export type AskPerson = (approval: Approval, signal: AbortSignal) => Promise<PersonAnswer | undefined>

const NOBODY = 'no person at the terminal; a looser --mode or a rule (`oxbow policy`) can allow it, unless it is dangerous'

/** Answers the questions of a turn, one after the other. Without a person every answer is no. */
export class Asker {
  readonly #client: Client
  readonly #ask: AskPerson | undefined
  readonly #onTrouble: (error: unknown) => void
  readonly #open = new Map<string, AbortController>()
  #last: Promise<void> = Promise.resolve()
  /** True once a question was refused for lack of a person. */
  unattended = new Set<string>()

  constructor(client: Client, ask: AskPerson | undefined, onTrouble: (error: unknown) => void) {
    this.#client = client
    this.#ask = ask
    this.#onTrouble = onTrouble
  }

  /** Takes up questions that are new, and drops those that are answered. */
  update(approvals: readonly Approval[]): void {
    for (const [id, controller] of this.#open) if (!approvals.some((approval) => approval.id === id)) controller.abort()
    for (const approval of approvals) {
      if (this.#open.has(approval.id)) continue
      const controller = new AbortController()
      this.#open.set(approval.id, controller)
      this.#last = this.#last.then(() => this.#answer(approval, controller.signal)).catch(this.#onTrouble)
    }
  }

  /** Settles when no question is on the screen any more. */
  close(): Promise<void> {
    for (const controller of this.#open.values()) controller.abort()
    return this.#last
  }

  async #answer(approval: Approval, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    if (!this.#ask) this.unattended.add(approval.id)
    const answer = this.#ask ? await this.#ask(approval, signal) : { allow: false, scope: 'once' as const, note: NOBODY }
    if (answer === undefined || signal.aborted) return
    try {
      await this.#client.approvals.answer({ approvalId: approval.id, ...answer })
    } catch (error) {
      // Another door was quicker.
      if (causeOf(error) !== 'approval.notFound') throw error
    }
  }
}
