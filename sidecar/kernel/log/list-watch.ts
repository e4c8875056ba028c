import type { ListItem, SessionId, SessionSummary } from '../../contract/index.ts'

/** Rows kept for one slow reader; one that falls further behind is given the whole list anew. */
const MOST_PENDING = 256
/** Least time between two items, in milliseconds. */
const PACE_MS = 50

interface Reader {
  rows: Map<SessionId, SessionSummary>
  overflow: boolean
  wake: (() => void) | undefined
}

/** Tells screens how the session list changes: each reader gets the newest state of each row, never a backlog. */
export class ListWatch {
  readonly #readers = new Set<Reader>()
  readonly #all: () => SessionSummary[]

  constructor(all: () => SessionSummary[]) {
    this.#all = all
  }

  get watched(): boolean {
    return this.#readers.size > 0
  }

  changed(summary: SessionSummary): void {
    for (const reader of this.#readers) {
      if (reader.rows.size >= MOST_PENDING && !reader.rows.has(summary.id)) reader.overflow = true
      else reader.rows.set(summary.id, summary)
      reader.wake?.()
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<ListItem, void> {
    const reader: Reader = { rows: new Map(), overflow: true, wake: undefined }
    this.#readers.add(reader)
    const wake = (): void => reader.wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        if (reader.overflow) {
          reader.overflow = false
          reader.rows.clear()
          yield { reset: true, sessions: this.#all() }
        } else if (reader.rows.size > 0) {
          const sessions = [...reader.rows.values()]
          reader.rows.clear()
          yield { reset: false, sessions }
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve
            if (signal.aborted) resolve()
          })
          reader.wake = undefined
          await new Promise((resolve) => setTimeout(resolve, PACE_MS).unref())
        }
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#readers.delete(reader)
    }
  }
}
