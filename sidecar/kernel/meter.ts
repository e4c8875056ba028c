import type { CallPurpose, Usage } from '../contract/index.ts'
import type { Estimate, Hold } from '../policy/index.ts'
import type { ModelRequest } from '../providers/index.ts'
import type { TurnContext } from './turn-context.ts'

/** Failures of calls that the server had begun to work on: they may be charged for. */
const MAY_COST: ReadonlySet<string> = new Set(['provider.timeout', 'provider.brokenStream', 'provider.server'])

/** Holds every try of one model call against the budgets, and keeps account of it. */
export class Meter {
  readonly #context: TurnContext
  #call: { provider: string; model: string; estimate: Estimate }
  #hold: Hold

  /** Sets aside what the call may use. @throws OxbowError `budget.exceeded`, `budget.unpriced` */
  constructor(context: TurnContext, call: { provider: string; model: string; estimate: Estimate }, purpose: CallPurpose) {
    this.#context = context
    this.#call = call
    this.#hold = this.#reserve(purpose)
  }

  /** A try failed before anything was shown, and another follows. @throws OxbowError as the first */
  again(code: string): void {
    const { outputTokens } = this
    this.failed(code, false)
    // The same request goes out again, so no longer answer may come.
    if (outputTokens !== undefined) this.#call = { ...this.#call, estimate: bounded(this.#call.estimate, outputTokens) }
    this.#hold = this.#reserve('retry')
  }

  /** The longest answer the budgets leave room for, in tokens; undefined where none counts it. */
  get outputTokens(): number | undefined {
    return this.#hold.outputTokens
  }

  settle(usage: Usage | undefined, costMicros: number | undefined): void {
    this.#hold.settle(usage, costMicros)
  }

  /** @param shown whether the model had begun to answer */
  failed(code: string, shown: boolean, usage?: Usage, costMicros?: number): void {
    if (shown || MAY_COST.has(code)) this.#hold.settle(usage, costMicros, 'failed')
    else this.release()
  }

  /** The call was never made. */
  release(): void {
    this.#hold.release()
  }

  #reserve(purpose: CallPurpose): Hold {
    const { spending, sessionId, turnId, log } = this.#context
    const hold = spending.reserve({ ...this.#call, sessionId, turnId, purpose })
    for (const { message } of hold.warnings) log.append(sessionId, [{ type: 'turnWarned', turnId, message }])
    return hold
  }
}

function bounded({ longer, ...estimate }: Estimate, outputTokens: number): Estimate {
  return { ...estimate, outputTokens, costMicros: longer?.costMicros(outputTokens) }
}

/** How much a request sends, for an estimate of what it costs. */
export function weigh({ system, messages, tools }: ModelRequest): { bytes: number; media: number } {
  let bytes = Buffer.byteLength(system)
  let media = 0
  for (const tool of tools) bytes += tool.description.length + 300
  for (const message of messages) {
    const parts = message.role === 'tool' ? message.results : message.content
    for (const part of parts) {
      if ('text' in part) bytes += Buffer.byteLength(part.text)
      else if (part.type === 'media') media++
      else bytes += Buffer.byteLength(JSON.stringify(part.args ?? null))
    }
  }
  return { bytes, media }
}
