import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessId, ProcessInfo, ProcessItem, SessionId, TerminalSize } from '../../contract/index.ts'
import { type Clock, OxbowError } from '../../foundation/index.ts'
import type { Box, BoxProcess, Exit } from '../../sandbox/index.ts'
import type { SpoolWriter } from '../../tools/index.ts'
import { Scrollback } from './scrollback.ts'

/** Characters of output kept of each process. */
const SCROLLBACK = 256 * 1024
/** Characters taken before a pause, and its length in milliseconds: a flood waits in its pipe, and other work goes on. */
const BURST = 256 * 1024
const PAUSE_MS = 20
/** Characters that wait to be read by the process. */
const MOST_UNREAD = 256 * 1024
/** Characters in one item for a watcher, and the time in which small ones are gathered, in milliseconds. */
const MOST_CHUNK = 32 * 1024
const GATHER_MS = 8

export interface KeptOptions {
  id: ProcessId
  sessionId: SessionId
  startedBy: ProcessInfo['startedBy']
  command: string
  terminal?: TerminalSize | undefined
  /** Takes the whole output beside. */
  spool?: SpoolWriter | undefined
  clock: Clock
}

/** One process with what is kept of its output. Watchers are cursors into that: none of them holds any of it. */
export class KeptProcess {
  readonly options: KeptOptions
  readonly #output = new Scrollback(SCROLLBACK)
  readonly #startedAt: string
  #process: BoxProcess | undefined
  #terminal: TerminalSize | undefined
  #ended: ProcessInfo['ended']
  #takenOver = false
  #burst = 0
  #unread = 0
  #writing: Promise<void> = Promise.resolve()
  #changes = 0
  #changed = Promise.withResolvers<void>()
  /** Where the agent's next read begins. */
  readTo = 0
  /** Whether the agent typed the beginning of a line, and not yet its end. */
  typing = false
  /** Settles when it has ended; set once it was started. */
  exit: Promise<Exit> | undefined

  constructor(options: KeptOptions) {
    this.options = options
    this.#terminal = options.terminal
    this.#startedAt = options.clock.iso()
  }

  get running(): boolean {
    return this.#ended === undefined
  }

  /** Whether it has brought in something from beyond this computer. */
  get carried(): boolean {
    return this.#process?.carried === true
  }

  get info(): ProcessInfo {
    const { id, sessionId, startedBy, command } = this.options
    return {
      id,
      sessionId,
      startedBy,
      command,
      ...(this.#terminal && { terminal: this.#terminal }),
      takenOver: this.#takenOver,
      startedAt: this.#startedAt,
      ...(this.#ended && { ended: this.#ended }),
      kept: { from: this.#output.from, to: this.#output.to },
    }
  }

  /** @throws OxbowError `sandbox.*`, `terminal.unavailable` */
  async start(box: Box): Promise<void> {
    const { command, spool, clock, startedBy } = this.options
    const terminal = this.#terminal
    try {
      this.#process = await box.start({
        command,
        cwd: box.workspace,
        ...(terminal && { terminal }),
        byPerson: startedBy === 'person',
        onOutput: (text) => this.#take(text),
      })
    } catch (error) {
      await spool?.close()
      throw error
    }
    this.exit = this.#process.exit.then(async (exit) => {
      await spool?.close()
      const { code, signal, reason } = exit
      this.#ended = { at: clock.iso(), code, signal, killed: reason !== 'exit' }
      this.#change()
      return exit
    })
  }

  read(from: number, most: number): { from: number; text: string } {
    return this.#output.read(from, most)
  }

  /** In the order of the calls. @throws OxbowError `process.ended`, `process.full` */
  async write(data: string): Promise<void> {
    if (!this.#process || !this.running) throw new OxbowError('CONFLICT', 'process.ended', 'This process has ended.')
    if (this.#unread + data.length > MOST_UNREAD)
      throw new OxbowError(
        'TOO_MANY_REQUESTS',
        'process.full',
        'The process does not read what was written to it before.',
        'Wait until it reads, or end it.',
      )
    this.#unread += data.length
    const process = this.#process
    const written = this.#writing
      .then(() => process.write(data))
      .finally(() => {
        this.#unread -= data.length
      })
    this.#writing = written.catch(() => {})
    await written
  }

  takeOver(): void {
    this.#takenOver = true
    this.#change()
  }

  get takenOver(): boolean {
    return this.#takenOver
  }

  resize({ columns, rows }: TerminalSize): void {
    if (!this.#terminal || !this.running) return
    if (this.#terminal.columns === columns && this.#terminal.rows === rows) return
    this.#terminal = { columns, rows }
    this.#process?.resize(columns, rows)
    this.#change()
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
    await this.exit
  }

  /** Settles when there is more than up to `from`, when it has ended, or after `ms`. */
  async settle(from: number, ms: number, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(ms)])
    while (this.running && this.#output.to <= from && !over.aborted) await this.#nextChange(over)
  }

  /** Its state and what is kept from `from` on, then what comes until it ends. */
  async *watch(from: number, follow: boolean, signal: AbortSignal): AsyncGenerator<ProcessItem, void> {
    let place = from
    let seen = -1
    while (!signal.aborted) {
      const ended = this.#ended
      if (seen !== this.#changes) {
        seen = this.#changes
        yield { type: 'state', process: this.info }
      }
      const { from: offset, text } = this.#output.read(place, MOST_CHUNK)
      if (text !== '') {
        place = offset + text.length
        yield { type: 'output', offset, text }
      } else if (ended || !follow) return
      else {
        await this.#nextChange(signal)
        if (!signal.aborted) await sleep(GATHER_MS)
      }
    }
  }

  async #take(text: string): Promise<void> {
    this.#output.append(text)
    this.#wake()
    await this.options.spool?.write(text)
    this.#burst += text.length
    if (this.#burst < BURST) return
    this.#burst = 0
    await sleep(PAUSE_MS)
  }

  /** The state is another. */
  #change(): void {
    this.#changes += 1
    this.#wake()
  }

  #wake(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers<void>()
    resolve()
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const abort = (): void => resolve()
    signal.addEventListener('abort', abort, { once: true })
    await Promise.race([this.#changed.promise, promise])
    signal.removeEventListener('abort', abort)
  }
}
