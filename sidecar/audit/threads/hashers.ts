import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { threadFile } from '../../foundation/index.ts'
import type { Answer, Job, Measured, Question, ThreadData } from './protocol.ts'

/** Threads of one verification: one processor would do no better with them, and more than these no faster. */
const LEAST_THREADS = 2
const MOST_THREADS = 4
/** Jobs that a thread holds, so that it need not wait for the next one. */
const AHEAD = 2
/** A thread that says nothing for so long is given up, in milliseconds. */
const SILENCE_MS = 30_000

/**
 * Threads that hash for one verification, which ends them. Where a thread fails, its jobs come back without a result: who
 * asked does them with care.
 */
export class Hashers {
  readonly #workers: Worker[]
  readonly #open = new Map<number, { worker: Worker; answer(measured: Measured): void }>()
  #next = 0
  #silence: NodeJS.Timeout | undefined

  /** @param file of the thread; absent: built beside what is built, or the source */
  static async open(
    record: ThreadData['record'],
    file = threadFile(import.meta.dirname, 'audit-worker.cjs', 'worker.ts'),
  ): Promise<Hashers> {
    // Not before it is needed: a start must not load it.
    const { lanesModule } = await import('../merkle/lanes.ts')
    return new Hashers({ lanes: lanesModule(), record }, file)
  }

  private constructor(data: ThreadData, file: string) {
    const count = Math.min(MOST_THREADS, Math.max(LEAST_THREADS, availableParallelism()))
    this.#workers = Array.from({ length: count }, () => this.#start(data, file))
  }

  /** @returns the jobs in their order, each with what was found */
  async *measure<J extends Job>(jobs: Iterable<J> | AsyncIterable<J>): AsyncGenerator<{ job: J; measured: Measured }, void> {
    const asked: { job: J; answer: Promise<Measured> }[] = []
    for await (const job of jobs) {
      asked.push({ job, answer: this.#ask(job) })
      const first = asked.length > this.#workers.length * AHEAD ? asked.shift() : undefined
      if (first) yield { job: first.job, measured: await first.answer }
    }
    for (const { job, answer } of asked) yield { job, measured: await answer }
  }

  async close(): Promise<void> {
    clearTimeout(this.#silence)
    const workers = this.#workers.splice(0)
    this.#giveUp()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  #start(data: ThreadData, file: string): Worker {
    const worker = new Worker(file, { workerData: data, execArgv: [], env: {}, name: 'audit' })
    const lost = (): void => {
      const at = this.#workers.indexOf(worker)
      if (at !== -1) this.#workers.splice(at, 1)
      this.#giveUp(worker)
    }
    worker.on('message', ({ id, ...measured }: Answer) => this.#answer(id, measured))
    worker.on('error', lost)
    worker.on('messageerror', lost)
    worker.on('exit', lost)
    return worker
  }

  #ask({ start, cuts }: Job): Promise<Measured> {
    const id = this.#next++
    const worker = this.#workers[id % this.#workers.length]
    if (!worker) return Promise.resolve({})
    return new Promise((resolve) => {
      this.#open.set(id, { worker, answer: resolve })
      worker.postMessage({ id, job: { start, cuts } } satisfies Question)
      this.#listen()
    })
  }

  #answer(id: number, measured: Measured): void {
    const asked = this.#open.get(id)
    this.#open.delete(id)
    asked?.answer(measured)
    this.#listen()
  }

  /** Waits for the next word, while any is awaited. */
  #listen(): void {
    clearTimeout(this.#silence)
    if (this.#open.size > 0) this.#silence = setTimeout(() => void this.close(), SILENCE_MS)
  }

  #giveUp(of?: Worker): void {
    for (const [id, { worker }] of this.#open) if (of === undefined || worker === of) this.#answer(id, {})
  }
}
