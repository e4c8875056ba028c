import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { OxbowError } from '../../foundation/index.ts'
import type { BoxCommand, BoxStart, Exit } from '../sandbox.ts'
import type { Container } from './container.ts'
import { bounded } from './engine.ts'
import { payloads } from './frames.ts'
import { CALL, END, GUARD, PIPED, TERMINAL } from './scripts.ts'

/** Time for a call's processes to end before the whole container is ended, in milliseconds. */
const END_MS = 2000
/** One variable of the environment may not be longer, in bytes. */
const MOST_COMMAND = 120_000
const KILLED = 137
/** What a tree printed before its end may still be on its way, in milliseconds. */
const DRAIN_MS = 100

export interface CallParts extends Pick<BoxStart, 'command' | 'cwd' | 'terminal'> {
  input: boolean
  onOutput: BoxCommand['onOutput']
  /** Variables beside the box's own. */
  env?: Record<string, string>
}

/** One command in a container. */
export class Call {
  /** Settles when its whole tree is dead and its output was handed on. Fails if the taker of its output failed. */
  readonly exit: Promise<Exit>
  readonly #container: Container
  readonly #exec: Docker.Exec
  readonly #stream: Duplex
  readonly #mark: string
  #reason: Exit['reason'] = 'exit'
  #ending: Promise<void> | undefined
  #over = false

  private constructor(container: Container, exec: Docker.Exec, stream: Duplex, mark: string, parts: CallParts) {
    this.#container = container
    this.#exec = exec
    this.#stream = stream
    this.#mark = mark
    stream.on('error', () => {})
    const drained = forward(parts.terminal ? stream : payloads(stream), parts.onOutput)
    drained.catch(() => this.end('cancelled'))
    this.exit = this.#follow(drained)
    this.exit.catch(() => {})
  }

  /** @throws OxbowError `sandbox.start`, `sandbox.tooLong` */
  static async start(container: Container, parts: CallParts): Promise<Call> {
    if (Buffer.byteLength(parts.command) > MOST_COMMAND) {
      const hint = 'Write the text to a file with write, then run that file.'
      throw new OxbowError('BAD_REQUEST', 'sandbox.tooLong', 'The command is too long.', hint)
    }
    const mark = randomBytes(12).toString('hex')
    const { terminal, input } = parts
    const variables = {
      ...parts.env,
      OXBOW_GUARD: terminal ? TERMINAL : input ? PIPED : CALL,
      OXBOW_CALL: mark,
      OXBOW_KEEP: container.keep,
      OXBOW_COMMAND: parts.command,
      TERM: terminal ? 'xterm-256color' : 'dumb',
    }
    const exec = await ask(
      container.docker.exec({
        Cmd: GUARD,
        Env: Object.entries(variables).map((pair) => pair.join('=')),
        WorkingDir: parts.cwd,
        AttachStdin: input,
        AttachStdout: true,
        AttachStderr: true,
        Tty: terminal !== undefined,
      }),
    )
    const stream = await ask(exec.start({ hijack: true, stdin: input, Tty: terminal !== undefined }))
    const call = new Call(container, exec, stream as Duplex, mark, parts)
    if (terminal) void call.#size(terminal)
    return call
  }

  /** Begins to end the tree; the first reason stands. Settles when it is dead. */
  end(why: 'timeout' | 'cancelled'): Promise<void> {
    if (this.#over) return Promise.resolve()
    if (this.#ending === undefined) this.#reason = why
    this.#ending ??= this.#end()
    return this.#ending
  }

  /** Waits while the command does not read. @throws OxbowError `process.ended` */
  async write(data: string): Promise<void> {
    if (this.#over || !this.#stream.writable) throw ended()
    if (this.#stream.write(data)) return
    await new Promise<void>((done) => {
      const settle = (): void => {
        this.#stream.off('drain', settle).off('close', settle)
        done()
      }
      this.#stream.on('drain', settle).on('close', settle)
    })
  }

  resize(columns: number, rows: number): void {
    // It may have ended in between.
    if (!this.#over) this.#exec.resize({ w: columns, h: rows }).catch(() => {})
  }

  /** The engine may say that it has started before it has a terminal. */
  async #size({ columns, rows }: { columns: number; rows: number }): Promise<void> {
    for (let tries = 0; tries < 20 && !this.#over; tries += 1) {
      const sized = await this.#exec.resize({ w: columns, h: rows }).then(
        () => true,
        () => false,
      )
      if (sized) return
      await sleep(10)
    }
  }

  async #follow(drained: Promise<void>): Promise<Exit> {
    try {
      // A taker that waits must not hold up a call that is ended.
      await Promise.race([drained, this.#ended()])
      await Promise.race([drained, sleep(DRAIN_MS)])
      const code = await this.#code()
      // Its guard may have been ended before it had swept, by whatever signal.
      if (isSignal(code)) this.#ending ??= this.#end()
      await this.#ending
      return {
        code: this.#reason === 'exit' ? code : null,
        signal: this.#reason === 'exit' ? null : 'SIGKILL',
        reason: this.#reason,
      }
    } finally {
      await this.#ending
      this.#over = true
      this.#stream.destroy()
    }
  }

  /** Settles once an ending that was asked for is done. */
  #ended(): Promise<void> {
    return new Promise((done) => {
      this.#stream.once('oxbow-ended', done)
    })
  }

  async #end(): Promise<void> {
    const swept = await bounded(this.#sweep(), END_MS).catch(() => false)
    // A tree that cannot be ended from within goes with its container.
    if (!swept) await this.#container.remove()
    this.#stream.emit('oxbow-ended')
  }

  async #sweep(): Promise<boolean> {
    const exec = await this.#container.docker.exec({
      Cmd: GUARD,
      Env: [`OXBOW_GUARD=${END}`, `OXBOW_END=${this.#mark}`, `OXBOW_KEEP=${this.#container.keep}`],
      AttachStdout: true,
    })
    const stream = await exec.start({ hijack: true, stdin: false })
    stream.resume()
    await new Promise((done) => stream.once('end', done).once('close', done))
    return (await exec.inspect()).ExitCode === 0
  }

  /** @returns null when the container is gone, and with it the call */
  async #code(): Promise<number | null> {
    try {
      for (let tries = 0; ; tries += 1) {
        const { Running, ExitCode } = await bounded(this.#exec.inspect())
        if (!Running) return ExitCode
        if (tries >= 50) return KILLED
        await sleep(10)
      }
    } catch {
      return null
    }
  }
}

/** Whether a status may tell of an end by a signal. One of a command's own may look the same: then there is nothing to sweep. */
const isSignal = (code: number | null): boolean => code !== null && code > 128 && code <= 128 + 64

async function ask<T>(asked: Promise<T>): Promise<T> {
  try {
    return await bounded(asked)
  } catch (error) {
    const message = `The command could not be started in its container: ${(error as Error).message.trim().slice(0, 300)}`
    throw new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.start', message, 'Try again; a new container is made.', error)
  }
}

/** Hands on what comes, whole characters at a time, reading no further while the taker is busy. */
async function forward(chunks: AsyncIterable<Buffer>, take: BoxCommand['onOutput']): Promise<void> {
  const decoder = new StringDecoder('utf8')
  try {
    for await (const chunk of chunks) {
      const text = decoder.write(chunk)
      if (text !== '') await take(text)
    }
  } catch (error) {
    if (!isLost(error)) throw error
  }
  const rest = decoder.end()
  if (rest !== '') await take(rest)
}

const isLost = (error: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')

export const ended = (): OxbowError => new OxbowError('CONFLICT', 'process.ended', 'The process has ended.')
