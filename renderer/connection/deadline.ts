/** Every call but the watches answers within this time, or fails. */
export const CALL_TIMEOUT_MS = 30_000

const LIVES_ON = new Set(['watch', 'watchList'])

interface CallOptions {
  path: readonly string[]
  signal?: AbortSignal | undefined
}

/** Gives a call its deadline: its own signal and the time-out, unless it is a watch. */
export function withDeadline<T extends CallOptions>(options: T): T {
  if (LIVES_ON.has(options.path.at(-1) ?? '')) return options
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS)
  return { ...options, signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout }
}
