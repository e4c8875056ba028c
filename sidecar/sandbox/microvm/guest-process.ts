import { constants } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { OxbowError } from '../../foundation/index.ts'
import type { BoxCommand, Exit } from '../sandbox.ts'
import { encodeCredit, encodeFrame, encodeResize, KIND } from './frames.ts'

/** Output of one process that may wait on this side. */
export const OUTPUT_WINDOW = 256 * 1024
/** Input of one process that may wait in the guest. */
const INPUT_WINDOW = 48 * 1024
const INPUT_PIECE = 16 * 1024
/** How long a killed process may take to be gone before its machine counts as stuck. A small emulated one is slow. */
const KILL_MS = 10_000

export interface GuestProcessParts {
  id: number
  send(frame: Buffer): void
  onOutput: BoxCommand['onOutput']
  /** The guest does not do as it is told. */
  onStuck(): void
}

type Ended = Pick<Exit, 'code' | 'signal'>

/** A process in a guest, seen from here: its output, its input and its end. */
export class GuestProcess {
  readonly #parts: GuestProcessParts
  readonly #ended = Promise.withResolvers<Ended>()
  readonly #drained = Promise.withResolvers<void>()
  readonly #ending = Promise.withResolvers<void>()
  readonly #decoder = new StringDecoder('utf8')
  /** Settles when the tree is dead and the output was handed on. Fails if its taker failed, once the tree is dead. */
  readonly exit: Promise<Exit>
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #pumping = false
  #outputEnded = false
  #dead = false
  #reason: Exit['reason'] = 'exit'
  #isEnding = false
  #untaken = 0
  #onTaken: (() => void) | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(parts: GuestProcessParts) {
    this.#parts = parts
    this.#drained.promise.catch(() => this.end('cancelled'))
    this.exit = this.#follow()
    this.exit.catch(() => {})
  }

  async #follow(): Promise<Exit> {
    const ended = await this.#ended.promise
    // Output may still wait for its reader; a time-out or cancel ends that wait too.
    await Promise.race([this.#drained.promise, this.#ending.promise])
    return { ...ended, reason: this.#reason }
  }

  /** Begins to end the process with all it has started; the first reason stands. */
  end(why: 'timeout' | 'cancelled'): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#reason = why
    this.#ending.resolve()
    this.#dropWaiting()
    if (this.#dead) return
    this.#parts.send(encodeFrame(KIND.kill, this.#parts.id))
    const late = new AbortController()
    void this.#ended.promise.then(() => late.abort())
    sleep(KILL_MS, undefined, { signal: late.signal }).then(
      () => this.#parts.onStuck(),
      () => {},
    )
  }

  /** Waits while the process does not read. @throws OxbowError `process.ended` */
  write(data: string): Promise<void> {
    const turn = this.#writing.then(() => this.#write(Buffer.from(data)))
    this.#writing = turn.catch(() => {})
    return turn
  }

  async #write(data: Buffer): Promise<void> {
    for (let at = 0; at < data.length; at += INPUT_PIECE) {
      const piece = data.subarray(at, at + INPUT_PIECE)
      await this.#untilUntaken(INPUT_WINDOW - piece.length)
      if (this.#dead) throw readsNoMore()
      this.#untaken += piece.length
      this.#parts.send(encodeFrame(KIND.write, this.#parts.id, piece))
    }
    await this.#untilUntaken(0)
  }

  async #untilUntaken(most: number): Promise<void> {
    for (;;) {
      // What was taken was taken, also by a process that ended right after.
      if (this.#untaken <= most) return
      if (this.#dead) throw readsNoMore()
      await new Promise<void>((done) => {
        this.#onTaken = done
      })
    }
  }

  /** Nothing more will be written: the process reads the end. */
  closeInput(): void {
    if (!this.#dead) this.#parts.send(encodeFrame(KIND.closeInput, this.#parts.id))
  }

  resize(columns: number, rows: number): void {
    if (!this.#dead) this.#parts.send(encodeResize(this.#parts.id, columns, rows))
  }

  // From here on: what the guest tells.

  /** @throws when the guest sends more than it was given credit for */
  tookOutput(data: Buffer): void {
    if (this.#isEnding) {
      this.#parts.send(encodeCredit(this.#parts.id, data.length))
      return
    }
    this.#waitingBytes += data.length
    if (this.#waitingBytes > OUTPUT_WINDOW) throw new Error('the guest sent more output than it may')
    this.#waiting.push(data)
    void this.#pump()
  }

  endedOutput(): void {
    this.#outputEnded = true
    void this.#pump()
  }

  tookInput(bytes: number): void {
    this.#untaken = Math.max(0, this.#untaken - bytes)
    this.#wakeWriter()
  }

  /** The whole tree is dead. */
  died(ended: Ended): void {
    this.#dead = true
    this.#ended.resolve(ended)
    this.#wakeWriter()
  }

  /** The machine is gone, and nothing more comes. */
  lost(): void {
    this.died({ code: null, signal: 'SIGKILL' })
    this.endedOutput()
  }

  #wakeWriter(): void {
    const wake = this.#onTaken
    this.#onTaken = undefined
    wake?.()
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    try {
      for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) {
        const text = this.#decoder.write(piece)
        if (text !== '') await this.#parts.onOutput(text)
        this.#waitingBytes -= piece.length
        this.#parts.send(encodeCredit(this.#parts.id, piece.length))
      }
      if (this.#outputEnded) {
        const rest = this.#decoder.end()
        if (rest !== '') await this.#parts.onOutput(rest)
        this.#drained.resolve()
      }
      this.#pumping = false
    } catch (error) {
      this.#drained.reject(error)
    }
  }

  /** What nobody takes any more must not keep the process from ending. */
  #dropWaiting(): void {
    const bytes = this.#waiting.reduce((sum, piece) => sum + piece.length, 0)
    this.#waiting = []
    this.#waitingBytes -= bytes
    if (bytes > 0) this.#parts.send(encodeCredit(this.#parts.id, bytes))
  }
}

const readsNoMore = (): OxbowError => new OxbowError('CONFLICT', 'process.ended', 'The process does not read any more.')

/** The name of a signal by its number. */
export function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return (found?.[0] ?? 'SIGKILL') as NodeJS.Signals
}
