import type { Worker } from 'node:worker_threads'
import { type Log, OxbowError } from '../../foundation/index.ts'
import type { Snippet, SnippetReply, SnippetRequest, SnippetResult } from './snippet.ts'

/** Snippets that may wait. */
const MOST_WAITING = 32
/** A thread without work, and the engines it holds ready, end after this long. */
const IDLE_MS = 60_000
/** What an engine that does not look at the clock gets beyond its deadline, before its thread ends. */
const GRACE_MS = 500
/** To start the thread and the engine, on a busy computer. */
const START_MS = 10_000
/** What the thread may hold beside the engine's memory, which has its own bound. */
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 }

interface Waiting {
  snippet: Snippet
  signal: AbortSignal
  resolve(result: SnippetResult): void
  reject(error: Error): void
}

export interface SnippetsOptions {
  /** The worker's file. */
  worker: string
  log: Pick<Log, 'warn'>
  idleMs?: number | undefined
}

/** Runs snippets one at a time in a thread of their own, which starts with the first and ends when there is none. */
export class Snippets {
  readonly #options: SnippetsOptions
  readonly #queue: Waiting[] = []
  #worker: Worker | undefined
  /** Whether the thread has answered before. */
  #warm = false
  #current: Waiting | undefined
  #timer: NodeJS.Timeout | undefined
  #count = 0
  #closed = false

  constructor(options: SnippetsOptions) {
    this.#options = options
  }

  /** Whether a thread is there. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /** @throws OxbowError `snippet.busy`, `snippet.broken`, `snippet.stopping`; the signal's reason where it aborts */
  run(snippet: Snippet, signal: AbortSignal): Promise<SnippetResult> {
    if (this.#closed) return Promise.reject(stopping())
    if (signal.aborted) return Promise.reject(signal.reason)
    if (this.#queue.length >= MOST_WAITING)
      return Promise.reject(
        new OxbowError('TOO_MANY_REQUESTS', 'snippet.busy', 'too many snippets wait to run', 'Try again a little later.'),
      )
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { snippet, signal, resolve: done(resolve), reject: done(reject) }
      const abort = (): void => this.#abort(waiting)
      function done<T>(settle: (value: T) => void): (value: T) => void {
        return (value) => {
          signal.removeEventListener('abort', abort)
          settle(value)
        }
      }
      signal.addEventListener('abort', abort)
      this.#queue.push(waiting)
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

  #abort(waiting: Waiting): void {
    if (waiting === this.#current) {
      void this.#end()
      this.#settle(waiting.signal.reason as Error)
      return
    }
    const at = this.#queue.indexOf(waiting)
    if (at !== -1) this.#queue.splice(at, 1)
    waiting.reject(waiting.signal.reason as Error)
  }

  async #next(): Promise<void> {
    clearTimeout(this.#timer)
    const current = this.#queue.shift()
    this.#current = current
    if (!current) {
      this.#timer = setTimeout(() => void this.#end(), this.#options.idleMs ?? IDLE_MS).unref()
      return
    }
    const { deadlineMs } = current.snippet
    const late = (): void => {
      void this.#end()
      this.#settle({ output: '', cut: false, error: `it ran longer than ${deadlineMs / 1000} s and was stopped` })
    }
    try {
      const worker = await this.#thread()
      if (this.#current !== current) return
      this.#timer = setTimeout(late, deadlineMs + GRACE_MS + (this.#warm ? 0 : START_MS)).unref()
      const request: SnippetRequest = { id: ++this.#count, snippet: current.snippet }
      worker.postMessage(request)
    } catch (error) {
      this.#settle(broken(error))
    }
  }

  #settle(outcome: Error | SnippetResult): void {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    if (outcome instanceof Error) current.reject(outcome)
    else current.resolve(outcome)
    void this.#next()
  }

  async #thread(): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    if (this.#worker) return this.#worker
    const worker = new Worker(this.#options.worker, { resourceLimits: MEMORY, execArgv: [], env: {}, name: 'wasm' })
    this.#worker = worker
    this.#warm = false
    worker.unref()
    worker.on('message', (reply: SnippetReply) => {
      if (worker !== this.#worker || reply.id !== this.#count) return
      this.#warm = true
      if ('result' in reply) return this.#settle(reply.result)
      this.#options.log.warn({ fault: reply.fault }, 'a snippet could not be run')
      this.#settle(broken())
    })
    const lost = (error: Error): void => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      const tooMuch = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
      if (!tooMuch) this.#options.log.warn({ err: error }, 'the thread that runs snippets ended')
      this.#settle(tooMuch ? { output: '', cut: false, error: 'out of memory' } : broken(error))
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
  new OxbowError('SERVICE_UNAVAILABLE', 'snippet.stopping', 'Oxbow stops', 'Run the snippet again once it runs.')

const broken = (cause?: unknown): OxbowError =>
  new OxbowError(
    'INTERNAL_SERVER_ERROR',
    'snippet.broken',
    'the engine that runs snippets failed',
    'Try again; if it fails again, run the code as a command.',
    cause,
  )
