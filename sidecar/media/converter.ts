import type { Worker } from 'node:worker_threads'
import { type Log, OxbowError } from '../foundation/index.ts'
import type { Job, JobResults } from './types.ts'
import type { Reply } from './worker.ts'

/** How long each job may take, in milliseconds. Starting the thread counts. */
const TIMES: Readonly<Record<Job['do'], number>> = { inspect: 15_000, text: 60_000, page: 20_000, shrink: 30_000 }
/** Jobs that may wait. */
const MOST_WAITING = 100
/** A thread without work ends after this long. */
const IDLE_MS = 20_000
/** What a job may hold beside image pixels, which are bounded by their number. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 }

interface Waiting {
  job: Job
  resolve(result: never): void
  reject(error: Error): void
}

export interface ConverterOptions {
  /** The worker's file. */
  worker: string
  log: Log
  times?: Partial<Record<Job['do'], number>> | undefined
  idleMs?: number | undefined
}

/** Reads files in a thread of its own, one at a time; the thread is started for the first job and ends when there is none. */
export class Converter {
  readonly #options: ConverterOptions
  readonly #queue: Waiting[] = []
  #worker: Worker | undefined
  #current: Waiting | undefined
  #timer: NodeJS.Timeout | undefined
  #count = 0
  #closed = false

  constructor(options: ConverterOptions) {
    this.#options = options
  }

  /** Whether a thread is there. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /** @throws OxbowError the file's problem; `media.tooSlow`, `media.tooHeavy`, `media.busy` */
  run<J extends Job>(job: J): Promise<JobResults[J['do']]> {
    if (this.#closed) return Promise.reject(stopping())
    if (this.#queue.length >= MOST_WAITING)
      return Promise.reject(
        new OxbowError(
          'TOO_MANY_REQUESTS',
          'media.busy',
          'too many files wait to be read',
          'Wait a little, then hand them in again.',
        ),
      )
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject })
      if (!this.#current) void this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const waiting of [this.#current, ...this.#queue.splice(0)]) waiting?.reject(stopping())
    this.#current = undefined
    await this.#end()
  }

  async #next(): Promise<void> {
    clearTimeout(this.#timer)
    this.#current = this.#queue.shift()
    const { job } = this.#current ?? {}
    if (!job) {
      this.#timer = setTimeout(() => void this.#end(), this.#options.idleMs ?? IDLE_MS).unref()
      return
    }
    const time = this.#options.times?.[job.do] ?? TIMES[job.do]
    this.#timer = setTimeout(() => {
      void this.#end()
      this.#settle(tooSlow(time))
    }, time)
    this.#timer.unref()
    try {
      const worker = await this.#thread()
      if (this.#current?.job === job) worker.postMessage({ id: ++this.#count, job })
    } catch (error) {
      this.#settle(error as Error)
    }
  }

  #settle(outcome: Error | { result: unknown }): void {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    if (outcome instanceof Error) current.reject(outcome)
    else current.resolve(outcome.result as never)
    void this.#next()
  }

  async #thread(): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    if (this.#worker) return this.#worker
    const worker = new Worker(this.#options.worker, { resourceLimits: MEMORY, execArgv: [], env: {}, name: 'media' })
    this.#worker = worker
    worker.unref()
    worker.on('message', (reply: Reply) => {
      if (worker !== this.#worker || reply.id !== this.#count) return
      if ('result' in reply) return this.#settle({ result: reply.result })
      if ('problem' in reply) {
        const { code, message, hint } = reply.problem
        return this.#settle(new OxbowError('BAD_REQUEST', code, message, hint))
      }
      this.#options.log.warn({ fault: reply.fault }, 'a file could not be read')
      this.#settle(unreadable())
    })
    const lost = (error: Error): void => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      this.#options.log.warn({ err: error }, 'the thread that reads files ended')
      this.#settle((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooHeavy() : unreadable(error))
    }
    worker.on('error', lost)
    worker.on('exit', (code) => lost(new Error(`exit code ${code}`)))
    return worker
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

const stopping = (): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'media.stopping', 'Oxbow stops', 'Hand the file in again once it runs.')

const tooSlow = (ms: number): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'media.tooSlow',
    `reading this file took longer than ${Math.ceil(ms / 1000)} s`,
    'Hand in a smaller part of it.',
  )

const tooHeavy = (): OxbowError =>
  new OxbowError('BAD_REQUEST', 'media.tooHeavy', 'reading this file takes too much memory', 'Hand in a smaller part of it.')

const unreadable = (cause?: unknown): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'media.damaged',
    'this file cannot be read',
    'Open it in the program that made it and save it again.',
    cause,
  )
