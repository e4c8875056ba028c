import type { Failure, MessageId, SessionEvent, SessionView } from '../contract/index.ts'
import { type Clock, toFailure } from '../foundation/index.ts'
import type { ModelRequest } from '../providers/index.ts'
import { history } from './context.ts'
import { systemPrompt } from './prompt.ts'
import { type ModelCall, runStep, type StepEnd } from './step.ts'
import { runTools, toolParts } from './tool-runner.ts'
import type { TurnContext } from './turn-context.ts'
import { lossOfChange } from './vendor-change.ts'

/** The same call failing this often ends the turn. */
const MOST_REPEATS = 3

/** What another model would be refused for as well is no reason to ask it. */
const fallsBack = ({ code }: Failure): boolean => code.startsWith('provider.') && code !== 'provider.badRequest'

/** Where a turn stands. `tools` is the gate and what lies behind it, for every call of one message. */
type Phase =
  | { at: 'assembling' }
  | { at: 'streaming'; call: ModelCall }
  | { at: 'tools'; messageId: MessageId }
  | { at: 'ended'; how: 'aborted' }
  | { at: 'ended'; how: 'completed' }
  | { at: 'ended'; how: 'failed'; failure: Failure }

/**
 * Runs a turn to its end and writes that end to the log: completed or failed. An aborted turn is left for the caller,
 * who knows why it was aborted. Never throws.
 * @param resume the message whose calls were waiting when the sidecar stopped
 */
export async function runTurn(context: TurnContext, clock: Clock, resume?: MessageId): Promise<'ended' | 'aborted'> {
  const turn = new TurnRun(context, clock)
  let phase: Phase = resume === undefined ? { at: 'assembling' } : { at: 'tools', messageId: resume }
  try {
    while (phase.at !== 'ended') phase = context.signal.aborted ? { at: 'ended', how: 'aborted' } : await turn.next(phase)
  } catch (error) {
    phase = { at: 'ended', how: 'failed', failure: toFailure(error) }
  }
  if (phase.how === 'aborted' || (phase.how === 'failed' && context.signal.aborted)) return 'aborted'
  const { turnId, sessionId, log } = context
  if (phase.how === 'failed') log.append(sessionId, [{ type: 'turnFailed', turnId, failure: phase.failure }])
  else log.append(sessionId, [{ type: 'turnCompleted', turnId }])
  return 'ended'
}

class TurnRun {
  readonly #context: TurnContext
  readonly #clock: Clock
  readonly #failures = new Map<string, number>()
  #steps = 0
  /** The model that answers instead of the session's, once that has failed in this turn. */
  #instead: string | undefined
  /** Models that failed in this step. */
  #tried: string[] = []

  constructor(context: TurnContext, clock: Clock) {
    this.#context = context
    this.#clock = clock
  }

  async next(phase: Exclude<Phase, { at: 'ended' }>): Promise<Phase> {
    switch (phase.at) {
      case 'assembling':
        return this.#assemble()
      case 'streaming':
        return this.#stream(phase.call)
      case 'tools':
        return this.#tools(phase.messageId)
    }
  }

  async #assemble(): Promise<Phase> {
    const { log, sessionId, maxSteps } = this.#context
    if (++this.#steps > maxSteps)
      return failed('turn.stepLimit', `The turn was ended after ${maxSteps} steps.`, 'Send "continue" if it should go on.')
    if (this.#steps === 1) await this.#context.recall?.before(sessionId, this.#context.turnId, this.#context.signal)
    this.#join(log.ahead(sessionId))
    this.#tried = []
    return this.#ask(this.#instead ?? log.summary(sessionId).model)
  }

  /** Writes the request for one model. */
  async #ask(ref: string): Promise<Phase> {
    const { log, sessionId, turnId, models, media, toolbox, recall } = this.#context
    const { workspace, mode } = log.summary(sessionId)
    const { provider, model } = models.resolve(ref)
    const loss = lossOfChange(log.ahead(sessionId).messages, ref)
    if (loss !== undefined) log.hold(sessionId, [{ type: 'turnWarned', turnId, message: loss }])
    const request: ModelRequest = {
      model,
      system: systemPrompt(workspace, mode, this.#clock.iso().slice(0, 10)),
      messages: await history(
        { log, media, memory: await recall?.context(sessionId) },
        sessionId,
        ref,
        await models.contextTokens(ref),
      ),
      tools: toolbox.specs,
    }
    return { at: 'streaming', call: { ref, provider, request, purpose: this.#tried.length > 0 ? 'fallback' : 'turn' } }
  }

  async #stream(call: ModelCall): Promise<Phase> {
    const step = await runStep(this.#context, this.#clock, call)
    if (step.end === 'aborted') return { at: 'ended', how: 'aborted' }
    if (step.end === 'failed') return this.#fallBack(call.ref, step)
    const { log, sessionId } = this.#context
    const rests = step.stop === 'end' || step.stop === 'refusal'
    if (rests && !log.ahead(sessionId).queue.some((m) => m.steer)) return { at: 'ended', how: 'completed' }
    if (step.stop === 'tools') return { at: 'tools', messageId: step.messageId }
    if (step.stop === 'length') return tooLong(step.most)
    return { at: 'assembling' }
  }

  /** The same step on the next model that can be asked; finished calls stay finished. */
  async #fallBack(ref: string, { failure, messageId }: Extract<StepEnd, { end: 'failed' }>): Promise<Phase> {
    const { log, sessionId, turnId, models, signal } = this.#context
    this.#tried.push(ref)
    const next = fallsBack(failure) && !signal.aborted && models.fallback().find((model) => this.#canAsk(model))
    if (!next) return { at: 'ended', how: 'failed', failure }
    this.#instead = next
    log.append(sessionId, [{ type: 'stepFellBack', turnId, model: next, failure, ...(messageId && { messageId }) }])
    return this.#ask(next)
  }

  #canAsk(ref: string): boolean {
    if (this.#tried.includes(ref)) return false
    try {
      this.#context.models.resolve(ref)
      return true
    } catch {
      return false
    }
  }

  async #tools(messageId: MessageId): Promise<Phase> {
    await runTools(this.#context, messageId)
    if (this.#context.signal.aborted) return { at: 'ended', how: 'aborted' }
    for (const part of toolParts(this.#context, messageId)) {
      const call = `${part.name} ${JSON.stringify(part.args)}`
      const failures = part.status === 'done' ? 0 : (this.#failures.get(call) ?? 0) + 1
      this.#failures.set(call, failures)
      if (failures >= MOST_REPEATS)
        return failed(
          'turn.repeatedFailure',
          `The model made the same call ${MOST_REPEATS} times and it failed each time: ${part.title}.`,
          'Say what it should do differently.',
        )
    }
    return { at: 'assembling' }
  }

  /** Steering messages join between two steps. */
  #join(view: SessionView): void {
    const messageIds = view.queue.filter((m) => m.steer).map((m) => m.id)
    if (messageIds.length === 0) return
    const joined: SessionEvent = { type: 'messagesJoined', turnId: this.#context.turnId, messageIds }
    this.#context.log.append(this.#context.sessionId, [joined])
  }
}

function tooLong(most: number | undefined): Phase {
  const said = 'before it had finished.'
  if (most === undefined) return failed('turn.answerTooLong', `The model reached its output limit ${said}`, 'Send "continue".')
  const limit = `The model reached the ${most.toLocaleString('en')} tokens that your budgets left room for ${said}`
  return failed('turn.answerTooLong', limit, 'Send "continue", or raise the budget (`oxbow budget list`).')
}

const failed = (code: string, message: string, hint: string): Phase => ({
  at: 'ended',
  how: 'failed',
  failure: { code, message, hint },
})
