/** Every call but the watches answers within this time, or fails. */
export const CALL_TIMEOUT_MS = 30_000

/** These read whole files, or the whole of a record, which may take the sidecar longer. */
const FILE_TIMEOUT_MS = 150_000
const READS_FILES = new Set([
  'media.put',
  'media.finish',
  'media.get',
  'media.text',
  'turns.send',
  'audit.verify',
  'audit.export',
])

const LIVES_ON = new Set(['watch', 'watchList'])

interface CallOptions {
  path: readonly string[]
  signal?: AbortSignal | undefined
}

/** Gives a call its deadline: its own signal and the time-out, unless it is a watch. */
export function withDeadline<T extends CallOptions>(options: T): T {
  if (LIVES_ON.has(options.path.at(-1) ?? '')) return options
  const timeout = AbortSignal.timeout(READS_FILES.has(options.path.join('.')) ? FILE_TIMEOUT_MS : CALL_TIMEOUT_MS)
  return { ...options, signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout }
}
