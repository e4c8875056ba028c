import type { Client } from '../../sidecar/contract/index.ts'
import { backoff } from './backoff.ts'
import { type Dialer, type Line, LineRefused } from './line.ts'
import type { ConnectionState } from './state.ts'

interface Told {
  state(state: ConnectionState): void
  client(client: Client | null): void
}

interface Keeper {
  /** Dial now rather than at the end of the back-off. */
  hurry(): void
  stop(): void
}

/** Keeps one line to the sidecar open until stopped, and tells how it stands. A refusal ends it. */
export function keepLine(dialer: Dialer, told: Told, now: () => number = Date.now): Keeper {
  const stopped = new AbortController()
  let line: Line | null = null
  let wake: (() => void) | null = null

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async () => {
    let attempt = 0
    told.state({ state: 'connecting' })
    while (!stopped.signal.aborted) {
      try {
        line = await dialer.dial(stopped.signal)
        attempt = 0
        told.client(line.client)
        told.state({ state: 'online' })
        const end = await line.ended
        told.client(null)
        if (end === 'refused') throw new LineRefused('the line was refused')
      } catch (error) {
        if (error instanceof LineRefused) return told.state({ state: 'unauthorized' })
      }
      line = null
      if (stopped.signal.aborted) return
      attempt += 1
      const wait = backoff(attempt)
      told.state({ state: 'reconnecting', attempt, retryAt: now() + wait })
      await pause(wait)
    }
  }
  void run()

  return {
    hurry: () => wake?.(),
    stop() {
      stopped.abort()
      line?.close()
      wake?.()
    },
  }
}
