import type { Duplex } from 'node:stream'
import { OxbowError } from '../../foundation/index.ts'
import type { Guard } from '../guards.ts'
import type { BoxCommand } from '../sandbox.ts'
import {
  AGENT_VERSION,
  encodeFrame,
  encodeListen,
  encodeSetup,
  encodeStart,
  type Frame,
  FrameReader,
  KIND,
  type Setup,
  strings,
} from './frames.ts'
import { GuestNetwork } from './guest-network.ts'
import { GuestProcess, OUTPUT_WINDOW, signalName } from './guest-process.ts'

/** The longest command with its environment, in bytes: the kernel's bound for one word, with room for the rest. */
const MOST_COMMAND = 120_000

export interface GuestStart {
  command: string
  cwd: string
  env: Readonly<Record<string, string>>
  terminal?: { columns: number; rows: number } | undefined
  onOutput: BoxCommand['onOutput']
}

interface Started {
  process: GuestProcess
  answer: PromiseWithResolvers<void>
}

/**
 * The agent in a guest, over one channel. The guest is not trusted: what breaks the protocol breaks the channel, and `closed`
 * settles; the machine's owner then ends the machine.
 */
export class Guest {
  readonly #channel: Duplex
  readonly #reader = new FrameReader()
  readonly #processes = new Map<number, Started>()
  readonly #hello = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<void>()
  #network: GuestNetwork | undefined
  #nextId = 1
  #over = false

  constructor(channel: Duplex) {
    this.#channel = channel
    this.#hello.promise.catch(() => {})
    this.#ready.promise.catch(() => {})
    channel.on('data', (piece: Buffer) => this.#take(piece))
    channel.on('error', () => this.close())
    channel.on('close', () => this.close())
    channel.on('end', () => this.close())
  }

  /** Settles when the agent runs; fails when the channel closes before. */
  get hello(): Promise<void> {
    return this.#hello.promise
  }

  /** Settles when no more can be said. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Once per machine, before it is set up: programs in the guest reach a socket of this computer at a port of their loopback. */
  openWay({ socket, port }: { socket: string; port: number }): void {
    this.#network = new GuestNetwork({ socket, send: (frame) => this.#send(frame) })
    this.#send(encodeListen(port))
  }

  /** Once per machine. Fails with what the guest says it cannot do. */
  async setUp(setup: Setup): Promise<void> {
    this.#send(encodeSetup(setup))
    await this.#ready.promise
  }

  /** Guards paths, as the guest names them, for all processes, now and later. */
  protect(guards: readonly Guard[]): void {
    const list = guards.map(({ path, readOnly }) => `${readOnly ? 'ro' : 'rw'}:${path}`)
    if (list.length > 0) this.#send(encodeFrame(KIND.protect, 0, strings(list)))
  }

  /** @throws OxbowError `sandbox.start`, `sandbox.tooLong` */
  async start({ onOutput, ...start }: GuestStart): Promise<GuestProcess> {
    if (Buffer.byteLength(start.command) > MOST_COMMAND) throw tooLong()
    if (this.#over) throw notStarted('its microvm has ended')
    const id = this.#nextId++
    const send = (frame: Buffer): void => this.#send(frame)
    const process = new GuestProcess({ id, send, onOutput, onStuck: () => this.close() })
    const answer = Promise.withResolvers<void>()
    this.#processes.set(id, { process, answer })
    this.#send(encodeStart(id, { ...start, credit: OUTPUT_WINDOW }))
    await answer.promise
    return process
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    this.#channel.destroy()
    this.#network?.close()
    const gone = new Error('the microvm has ended')
    this.#hello.reject(gone)
    this.#ready.reject(gone)
    for (const { process, answer } of this.#processes.values()) {
      answer.reject(notStarted('its microvm has ended'))
      process.lost()
    }
    this.#processes.clear()
    this.#closed.resolve()
  }

  #send(frame: Buffer): void {
    if (!this.#over && this.#channel.writable) this.#channel.write(frame)
  }

  #take(piece: Buffer): void {
    try {
      for (const frame of this.#reader.take(piece)) if (!this.#over) this.#handle(frame)
    } catch {
      this.close()
    }
  }

  #handle({ kind, id, data }: Frame): void {
    if (id === 0) this.#handleOwn(kind, data)
    else if (GuestNetwork.owns(id)) this.#handleConnection({ kind, id, data })
    else {
      const known = this.#processes.get(id)
      // The last words of a process that is done with here.
      if (known) this.#handleOf(known, { kind, id, data })
    }
  }

  #handleConnection({ kind, id, data }: Frame): void {
    if (this.#network === undefined) throw new Error('the guest opened a connection that leads nowhere')
    this.#network.take(kind, id, data)
  }

  /** What is about the machine itself. */
  #handleOwn(kind: number, data: Buffer): void {
    if (kind === KIND.hello) this.#greeted(data)
    else if (kind === KIND.ready) this.#ready.resolve()
    else if (kind === KIND.failed) this.#ready.reject(new Error(said(data)))
    else throw new Error(`the guest sent a frame of kind ${kind}`)
  }

  #handleOf({ process, answer }: Started, { kind, id, data }: Frame): void {
    if (kind === KIND.started) answer.resolve()
    else if (kind === KIND.output) process.tookOutput(Buffer.from(data))
    else if (kind === KIND.taken) process.tookInput(data.readUInt32BE(0))
    else if (kind === KIND.outputEnd) process.endedOutput()
    else if (kind === KIND.exit) this.#exited(process, data)
    else if (kind === KIND.failed) {
      this.#processes.delete(id)
      process.lost()
      answer.reject(notStarted(said(data)))
    } else throw new Error(`the guest sent a frame of kind ${kind}`)
    if (kind === KIND.exit) void process.exit.catch(() => {}).then(() => this.#processes.delete(id))
  }

  #greeted(data: Buffer): void {
    const version = data.readUInt32BE(0)
    if (version === AGENT_VERSION) this.#hello.resolve()
    else this.#hello.reject(new Error(`its agent has version ${version}, this Oxbow speaks with ${AGENT_VERSION}`))
  }

  #exited(process: GuestProcess, data: Buffer): void {
    const signal = data.readUInt32BE(4)
    if (signal !== 0) process.died({ code: null, signal: signalName(signal) })
    else process.died({ code: data.readUInt32BE(0), signal: null })
  }
}

/** What a guest says of a failure; it may say anything. */
const said = (data: Buffer): string => [...data.toString('utf8').slice(0, 300)].filter((char) => char >= ' ').join('')

function notStarted(why: string): OxbowError {
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.start', `The command could not be started: ${why}.`)
}

function tooLong(): OxbowError {
  const hint = 'Write the text to a file with write, then run that file.'
  return new OxbowError('BAD_REQUEST', 'sandbox.tooLong', 'The command is too long.', hint)
}
