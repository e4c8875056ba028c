import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** Longest answer that is taken; QEMU's are a few hundred bytes. */
const MOST_ANSWER = 256 * 1024
const ANSWER_MS = 5000
const LOOK_MS = 20

const Answer = z.object({
  id: z.number().optional(),
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
})
const Migration = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() })

/** QEMU's own door (QMP): commands as lines of JSON, answered one by one; what it tells unasked is passed over. */
export class Monitor {
  readonly #channel: Duplex
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #read = ''
  #count = 0

  constructor(channel: Duplex) {
    this.#channel = channel
    channel.on('data', (piece: Buffer) => this.#take(piece.toString('utf8')))
    channel.on('error', () => this.close())
    channel.on('close', () => this.close())
  }

  /** Writes the state of the machine to a socket that somebody listens at, and lets it go on. @param uri as QEMU sees it */
  async saveState(uri: string): Promise<void> {
    await this.#run('qmp_capabilities')
    await this.#run('migrate-set-parameters', { 'max-bandwidth': Number.MAX_SAFE_INTEGER })
    await this.#run('migrate', { uri })
    for (;;) {
      const { status, 'error-desc': why } = Migration.parse(await this.#run('query-migrate'))
      if (status === 'completed') break
      if (status === 'failed' || status === 'cancelled') throw new Error(why ?? `the state was not written: ${status}`)
      await sleep(LOOK_MS)
    }
    await this.#run('cont')
  }

  /** Nothing more is said; QEMU runs on. */
  close(): void {
    this.#channel.destroy()
    for (const { reject } of this.#waiting.values()) reject(new Error('QEMU does not answer any more'))
    this.#waiting.clear()
  }

  #run(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#count
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    this.#channel.write(`${JSON.stringify({ execute, arguments: args, id })}\n`)
    const timer = setTimeout(() => answer.reject(new Error(`QEMU did not answer ${execute} in time`)), ANSWER_MS)
    return answer.promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(id)
    })
  }

  #take(text: string): void {
    this.#read += text
    const lines = this.#read.split('\n')
    this.#read = lines.pop()!
    if (this.#read.length > MOST_ANSWER) this.close()
    for (const line of lines) {
      const { id, error, return: result } = Answer.safeParse(jsonOf(line)).data ?? {}
      const waiting = id === undefined ? undefined : this.#waiting.get(id)
      if (error) waiting?.reject(new Error(error.desc))
      else waiting?.resolve(result)
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
