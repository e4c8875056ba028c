import type { Failure, Usage } from '../contract/index.ts'
import { type Clock, toFailure } from '../foundation/index.ts'
import type { Provider } from './provider.ts'

/** The outcome of a tiny real call. */
export interface Trial {
  ok: boolean
  /** The full reference of the model that was asked. */
  model?: string | undefined
  durationMs: number
  failure?: Failure | undefined
}

/** Keeps account of a trial's call, once it is made. */
export type TrialMeter = (call: { provider: string; model: string; bytes: number; maxOutputTokens: number }) => Promise<{
  settle(usage: Usage | undefined, costMicros: number | undefined, status?: 'settled' | 'failed'): void
  release(): void
}>

/** A model on this computer may have to be loaded first; a window waits 30 s for an answer. */
const TRIAL_MS = 25_000
const WORDS = 'Say OK.'
/** What the least generous of the wire formats accepts as a limit. */
const FEW_TOKENS = 16

/** Asks a provider for one word. Whatever goes wrong is in the answer, a budget that has no room included. */
export async function tryCall(provider: Provider, ref: string, model: string, clock: Clock, meter: TrialMeter): Promise<Trial> {
  const started = clock.ms()
  const outcome = (failure?: Failure): Trial => ({
    ok: failure === undefined,
    model: ref,
    durationMs: Math.round(clock.ms() - started),
    ...(failure && { failure }),
  })
  const signal = AbortSignal.timeout(TRIAL_MS)
  try {
    const content = [{ type: 'text' as const, text: WORDS }]
    const hold = await meter({ provider: provider.id, model: ref, bytes: WORDS.length, maxOutputTokens: FEW_TOKENS })
    let usage: Usage | undefined
    let costMicros: number | undefined
    const request = { model, system: '', messages: [{ role: 'user' as const, content }], tools: [], maxOutputTokens: FEW_TOKENS }
    for await (const event of provider.stream(request, signal)) {
      if (event.type === 'usage') ({ usage, costMicros } = event)
      if (event.type === 'error') {
        if (usage) hold.settle(usage, costMicros, 'failed')
        else hold.release()
        return outcome(event.failure)
      }
      if (event.type === 'stop') {
        hold.settle(usage, costMicros)
        return outcome()
      }
    }
    hold.settle(usage, costMicros, 'failed')
    return outcome({
      code: 'provider.timeout',
      message: `${ref} did not answer within ${TRIAL_MS / 1000} s.`,
      hint: 'Try again; a local model may need longer for its first answer.',
    })
  } catch (error) {
    return outcome(toFailure(error))
  }
}
