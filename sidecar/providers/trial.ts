import type { Failure } from '../contract/index.ts'
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

/** A model on this computer may have to be loaded first; a window waits 30 s for an answer. */
const TRIAL_MS = 25_000
/** What the least generous of the wire formats accepts as a limit. */
const FEW_TOKENS = 16

/** Asks a provider for one word. Whatever goes wrong is in the answer. */
export async function tryCall(provider: Provider, ref: string, model: string, clock: Clock): Promise<Trial> {
  const started = clock.ms()
  const outcome = (failure?: Failure): Trial => ({
    ok: failure === undefined,
    model: ref,
    durationMs: Math.round(clock.ms() - started),
    ...(failure && { failure }),
  })
  const signal = AbortSignal.timeout(TRIAL_MS)
  try {
    const content = [{ type: 'text' as const, text: 'Say OK.' }]
    const request = { model, system: '', messages: [{ role: 'user' as const, content }], tools: [], maxOutputTokens: FEW_TOKENS }
    for await (const event of provider.stream(request, signal)) {
      if (event.type === 'error') return outcome(event.failure)
      if (event.type === 'stop') return outcome()
    }
    return outcome({
      code: 'provider.timeout',
      message: `${ref} did not answer within ${TRIAL_MS / 1000} s.`,
      hint: 'Try again; a local model may need longer for its first answer.',
    })
  } catch (error) {
    return outcome(toFailure(error))
  }
}
