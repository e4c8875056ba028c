import type { SessionId, TaintMark } from '../contract/index.ts'
import type { TaintedFiles } from '../policy/index.ts'
import type { Box } from '../sandbox/index.ts'
import { markChanged } from './changed-files.ts'
import { sourceOf } from './taint.ts'

/** A process of an agent that goes on beyond the call that started it. */
export interface Writer {
  sessionId: SessionId
  box: Pick<Box, 'workspace' | 'shared'>
  /** Its kept output. */
  spool?: string | undefined
  exit: Promise<unknown>
  /** What clings to its conversation now, and what it brought in by itself. */
  taints(): readonly TaintMark[]
}

/**
 * Labels what processes of conversations with words from outside write while they live: before a call is judged, before the
 * labels of what it read are looked up, and when such a process ends. Nothing is looked at in between.
 */
export class ProcessWrites {
  readonly #files: TaintedFiles
  /** Each with the time up to which its writes were looked at. */
  readonly #writers = new Map<Writer, number>()
  #looking: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(files: TaintedFiles) {
    this.#files = files
  }

  follow(writer: Writer): void {
    this.#writers.set(writer, Date.now())
    // Where the last look fails, the next one looks again.
    void writer.exit.then(() => this.#end(writer)).catch(() => {})
  }

  /** Settles once all that was written before the call is labelled. */
  look(): Promise<void> {
    if (this.#writers.size === 0) return this.#looking
    this.#next ??= this.#looking
      .catch(() => {})
      .then(async () => {
        this.#next = undefined
        for (const writer of [...this.#writers.keys()]) await this.#mark(writer)
      })
    this.#looking = this.#next
    return this.#next
  }

  /** The last look, before files and database close. Whatever writes must have ended. */
  async close(): Promise<void> {
    await this.look()
    this.#writers.clear()
  }

  async #end(writer: Writer): Promise<void> {
    await this.look()
    this.#writers.delete(writer)
  }

  async #mark(writer: Writer): Promise<void> {
    const since = this.#writers.get(writer)
    if (since === undefined) return
    const now = Date.now()
    const { sessionId, box, spool } = writer
    const taints = writer.taints()
    const labels = [...new Set(taints.map(({ label }) => label))]
    const about = { labels, source: sourceOf(taints, labels), sessionId }
    if (spool !== undefined) this.#files.mark([{ path: spool }], box.workspace, about)
    if (labels.includes('untrusted')) await markChanged(this.#files, box, since, about)
    this.#writers.set(writer, now)
  }
}
