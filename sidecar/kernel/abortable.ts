/** Passes an iterable on until it ends or the signal aborts, whichever is first; a source that hangs cannot hold it. */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]()
  const stop = Promise.withResolvers<{ done: true; value: undefined }>()
  const abort = (): void => stop.resolve({ done: true, value: undefined })
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    for (;;) {
      const next = await Promise.race([stop.promise, iterator.next()])
      if (next.done || signal.aborted) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    iterator.return?.(undefined)?.then(undefined, () => {})
  }
}

/**
 * The result of `work`, or undefined when it has not settled `graceMs` after the signal aborted.
 * Work that is left behind may still reject; nobody hears it.
 */
export async function settledWithin<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = Promise.withResolvers<undefined>()
  const abort = (): void => {
    timer = setTimeout(() => late.resolve(undefined), graceMs)
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  work.catch(() => {})
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
