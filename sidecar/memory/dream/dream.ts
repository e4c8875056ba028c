import { setImmediate as breathe } from 'node:timers/promises'
import type { Dream, DreamCause, DreamId, DreamPhase } from '../../contract/index.ts'
import { type Clock, type Db, type Log, OxbowError } from '../../foundation/index.ts'
import { Consolidation } from './consolidation.ts'
import type { DreamLog, Progress } from './dream-log.ts'
import { Gathering } from './gathering.ts'
import type { DreamHelper, DreamParts } from './parts.ts'
import { Pruning } from './pruning.ts'
import { SecretSweep } from './secret-sweep.ts'
import type { Steps } from './steps.ts'
import { WriteLog } from './write-log.ts'

export interface DreamOptions {
  cause: DreamCause
  /** A model's help; absent: by rules and sentences alone. */
  helper?: DreamHelper | undefined
  /** It works no longer than this at a time, in milliseconds; then it is paused, and goes on the next time. */
  mostMs: number
  /** Pauses it. */
  signal: AbortSignal
}

type Phase = (steps: Steps) => Promise<void>

/** Puts memories in order: phase after phase, in small steps, each of which can be taken back. */
export class Dreaming {
  readonly #phases: readonly [DreamPhase, Phase][]
  readonly #log: DreamLog
  readonly #journal: Log
  readonly #together: DreamParts['together']
  readonly #writes: WriteLog

  constructor(parts: DreamParts & { log: DreamLog; journal: Log; db: Db; clock: Clock }) {
    this.#log = parts.log
    this.#journal = parts.journal
    this.#together = parts.together
    this.#writes = new WriteLog(parts.db, parts.checkpoint)
    const secrets = new SecretSweep(parts)
    const gathering = new Gathering(parts)
    const consolidation = new Consolidation(parts)
    const pruning = new Pruning(parts)
    this.#phases = [
      ['orient', (steps) => secrets.run(steps)],
      ['gather', (steps) => gathering.run(steps)],
      ['consolidate', (steps) => consolidation.run(steps)],
      ['prune', (steps) => pruning.run(steps)],
    ]
  }

  /** Begins one, or goes on with the one that was interrupted. @returns its id; `ended` settles when it ended or is paused */
  start(options: DreamOptions): { id: DreamId; ended: Promise<Dream> } {
    const progress = this.#log.unfinished() ?? this.#log.begin(options.cause)
    return { id: progress.id, ended: this.#run(progress, options) }
  }

  async #run(progress: Progress, { helper, mostMs, signal }: DreamOptions): Promise<Dream> {
    const began = performance.now()
    const before = progress.ms
    const used = { tokens: progress.tokens, costMicros: progress.costMicros }
    const note = (): void => {
      progress.ms = before + performance.now() - began
      const more = helper?.used()
      if (more) {
        progress.tokens = used.tokens + more.tokens
        progress.costMicros = used.costMicros + more.costMicros
      }
      this.#log.reached(progress)
    }
    const steps: Steps = {
      progress,
      helper,
      signal,
      enough: () => signal.aborted || performance.now() - began > mostMs,
      change: (work) => {
        this.#writes.wrote()
        return this.#together(() => {
          const change = work()
          if (!change) return false
          this.#log.add(progress.id, change)
          progress.counts[change.kind]++
          note()
          return true
        })
      },
      reached: async (place) => {
        progress.place = place
        this.#together(note)
        this.#writes.wrote()
        await breathe()
      },
    }
    this.#writes.begin()
    try {
      await breathe()
      for (const [phase, work] of this.#phases) {
        if (progress.phase !== phase) continue
        await work(steps)
        if (steps.enough()) break
        progress.phase = this.#after(phase)
        progress.place = 0
        this.#together(note)
      }
      note()
      this.#log.end(progress, progress.phase === 'done' ? 'done' : 'paused')
    } catch (error) {
      this.#failed(progress, error)
    } finally {
      await this.#writes.end(progress.phase === 'done')
    }
    return this.#log.get(progress.id)
  }

  /** A sidecar that stops only interrupts it. */
  #failed(progress: Progress, error: unknown): void {
    const stops = error instanceof OxbowError && error.code === 'memory.stopping'
    const fault = error instanceof Error ? error.message : String(error)
    if (!stops) this.#journal.error({ err: error, dream: progress.id }, 'a dream ended before its end')
    this.#log.end(progress, stops ? 'paused' : 'failed', stops ? undefined : fault)
  }

  #after(phase: DreamPhase): DreamPhase {
    const at = this.#phases.findIndex(([name]) => name === phase)
    return this.#phases[at + 1]?.[0] ?? 'done'
  }
}
