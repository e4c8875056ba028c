import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { endTree } from './process-tree.ts'
import type { BoxCommand, Exit } from './sandbox.ts'

/** A process outside a box that inherited the pipe must not hold a call open, in milliseconds. */
const DRAIN_MS = 1000

type Ended = Pick<Exit, 'code' | 'signal'>

interface LineProcessParts {
  pid: number
  /** Settles when the process has ended; fails when it could not be started. */
  ended: Promise<Ended>
  output: Readable
  onOutput: BoxCommand['onOutput']
}

/** A started line: follows its output and ends its whole tree. */
export class LineProcess {
  readonly #pid: number
  readonly #ended: Promise<Ended>
  /** Settles when the tree is dead and the output was handed on. Fails if its taker failed, once the tree is dead. */
  readonly exit: Promise<Exit>
  #reason: Exit['reason'] = 'exit'
  #ending: Promise<void> | undefined

  constructor({ pid, ended, output, onOutput }: LineProcessParts) {
    this.#pid = pid
    this.#ended = ended
    const drained = forward(output, onOutput)
    // An output that cannot be taken any more ends the process too.
    drained.catch(() => this.end('cancelled'))
    this.exit = this.#follow(drained).finally(() => output.destroy())
    this.exit.catch(() => {})
  }

  /** Begins to end the tree; the first reason stands. */
  end(why: 'timeout' | 'cancelled'): void {
    if (this.#ending !== undefined) return
    this.#reason = why
    this.#ending = endTree(this.#pid, this.#ended)
  }

  async #follow(drained: Promise<void>): Promise<Exit> {
    try {
      const { code, signal } = await this.#ended
      // Output may still wait for its reader; a time-out or cancel ends that wait too.
      await Promise.race([drained, this.#untilEnding()])
      await this.#ending
      return { code, signal, reason: this.#reason }
    } finally {
      await this.#ending
    }
  }

  async #untilEnding(): Promise<void> {
    for (let waited = 0; waited < DRAIN_MS && this.#ending === undefined; waited += 20) await sleep(20)
  }
}

/** Hands on what a pipe brings, whole characters at a time, reading no further while the taker is busy. */
async function forward(pipe: Readable, take: BoxCommand['onOutput']): Promise<void> {
  const decoder = new StringDecoder('utf8')
  try {
    for await (const chunk of pipe) {
      const text = decoder.write(chunk as Buffer)
      if (text !== '') await take(text)
    }
  } catch (error) {
    // A terminal that nobody holds any more ends with EIO.
    if (!['ERR_STREAM_PREMATURE_CLOSE', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  const rest = decoder.end()
  if (rest !== '') await take(rest)
}
