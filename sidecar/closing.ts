import type { Journal } from './foundation/index.ts'

/** Who uses a thing is closed before it; what stands in one step is closed at once. */
const STEPS = ['kernel', 'tiers', 'egress', 'door', 'rooms', 'audit', 'database', 'lock'] as const

/** Closes what was opened, in an order of its own: also where the start did not come to its end. */
export class Closing {
  readonly #journal: Journal
  readonly #parts: { step: (typeof STEPS)[number]; close(): unknown }[] = []

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** @param close may throw: what cannot be closed keeps nothing else open, the record and the database least of all */
  add(step: (typeof STEPS)[number], close: () => unknown): void {
    this.#parts.push({ step, close })
  }

  async close(): Promise<void> {
    for (const step of STEPS) {
      const parts = this.#parts.filter((part) => part.step === step)
      await Promise.all(parts.map((part) => this.#end(part)))
    }
    this.#journal.flush()
  }

  async #end({ step, close }: { step: string; close(): unknown }): Promise<void> {
    try {
      await close()
    } catch (error) {
      this.#journal.error({ err: error, step }, 'a part could not be closed')
    }
  }
}
