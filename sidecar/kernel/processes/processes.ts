import type { Audit } from '../../audit/index.ts'
import type { ProcessId, ProcessInfo, ProcessItem, SessionId, TaintMark, TerminalSize } from '../../contract/index.ts'
import { type Clock, type Ids, OxbowError } from '../../foundation/index.ts'
import type { Box } from '../../sandbox/index.ts'
import type { ProcessHost, ProcessPage, Spool } from '../../tools/index.ts'
import type { Boxes } from '../boxes.ts'
import type { SessionLog } from '../log/session-log.ts'
import type { ProcessWrites } from '../process-writes.ts'
import { KeptProcess } from './kept-process.ts'

/** Processes that may run in one session, and in all. */
const MOST_PER_SESSION = 8
const MOST = 32
/** Ended processes whose output is still kept. */
const MOST_ENDED = 16
/** The size of a terminal nobody looks at. */
const DEFAULT_SIZE: TerminalSize = { columns: 100, rows: 30 }
const SHELL = '/bin/bash'

export interface ProcessesOptions {
  boxes: Boxes
  log: SessionLog
  spool: Spool
  audit: Audit
  ids: Ids
  clock: Clock
  writes: ProcessWrites
}

/**
 * Owns every process that goes on in a box beyond one call. A turn's cancel leaves them; they end with the session's box,
 * when the session is archived, when a person or the agent ends them, and with the sidecar, however it dies.
 */
export class Processes implements ProcessHost {
  readonly #parts: ProcessesOptions
  readonly #all = new Map<ProcessId, KeptProcess>()
  /** Of those that are being started. */
  readonly #starting = new Map<SessionId, number>()

  constructor(parts: ProcessesOptions) {
    this.#parts = parts
  }

  /** Whether something runs in the session's box. */
  has(sessionId: SessionId): boolean {
    return this.#of(sessionId).some((process) => process.running) || (this.#starting.get(sessionId) ?? 0) > 0
  }

  async start(sessionId: SessionId, box: Box, options: { command: string; terminal: boolean }): Promise<ProcessInfo> {
    const { command, terminal } = options
    const spool = await this.#parts.spool.begin()
    const process = await this.#start(box, {
      sessionId,
      startedBy: 'agent',
      command,
      terminal: terminal ? DEFAULT_SIZE : undefined,
      spool,
    })
    return process.info
  }

  /** A person's own terminal. @throws OxbowError `session.notFound`, `process.tooMany`, `sandbox.*`, `terminal.unavailable` */
  async open(sessionId: SessionId, size: TerminalSize): Promise<ProcessInfo> {
    const { log, boxes } = this.#parts
    const { workspace, archived, title } = log.summary(sessionId)
    if (archived)
      throw new OxbowError('CONFLICT', 'session.archived', `"${title}" is archived`, 'Bring it back before you open a terminal.')
    const box = await boxes.get(sessionId, workspace)
    const process = await this.#start(box, { sessionId, startedBy: 'person', command: `exec ${SHELL} -i`, terminal: size })
    return process.info
  }

  /** An agent's own, or for a person all. */
  list(sessionId: SessionId): ProcessInfo[] {
    return this.#of(sessionId)
      .filter(({ options }) => options.startedBy === 'agent')
      .map(({ info }) => info)
  }

  listAll(sessionId: SessionId | undefined): ProcessInfo[] {
    const all = sessionId === undefined ? [...this.#all.values()] : this.#of(sessionId)
    return all.map(({ info }) => info)
  }

  read(sessionId: SessionId, id: ProcessId, from: number, most: number): ProcessPage {
    const process = this.#ofAgent(sessionId, id)
    return { ...process.read(from, most), spool: process.options.spool?.name, untrusted: process.carried }
  }

  place(sessionId: SessionId, id: ProcessId): number {
    return this.#ofAgent(sessionId, id).readTo
  }

  setPlace(sessionId: SessionId, id: ProcessId, place: number): void {
    this.#ofAgent(sessionId, id).readTo = place
  }

  settle(sessionId: SessionId, id: ProcessId, from: number, ms: number, signal: AbortSignal): Promise<void> {
    return this.#ofAgent(sessionId, id).settle(from, ms, signal)
  }

  async write(sessionId: SessionId, id: ProcessId, data: string): Promise<void> {
    const process = this.#ofAgent(sessionId, id)
    if (process.takenOver)
      throw new OxbowError('FORBIDDEN', 'process.takenOver', 'A person has taken over this process.', 'Read it, or ask them.')
    this.#record(process, 'agent', 'Typed into a process', { content: data, outcome: 'written' })
    await process.write(data)
    if (data.length > 1 || !/\p{Cc}/u.test(data)) process.typing = !/[\r\n]$/.test(data)
  }

  /** Whether the beginning of a line was typed, and not yet its end. Of one that is not there, nothing was. */
  isTyping(sessionId: SessionId, id: ProcessId): boolean {
    const process = this.#all.get(id)
    return process?.options.sessionId === sessionId && process.typing
  }

  async kill(sessionId: SessionId, id: ProcessId): Promise<ProcessInfo> {
    const process = this.#ofAgent(sessionId, id)
    await process.kill()
    return process.info
  }

  /** @throws OxbowError `process.notFound` */
  watch(id: ProcessId, from: number, follow: boolean, signal: AbortSignal): AsyncGenerator<ProcessItem, void> {
    return this.#find(id).watch(from, follow, signal)
  }

  /** What a person types; never recorded. @throws OxbowError `process.notFound`, `process.readOnly`, `process.ended`, `process.full` */
  async type(id: ProcessId, data: string, takeOver: boolean): Promise<void> {
    const process = this.#find(id)
    if (process.options.startedBy === 'agent' && !process.takenOver) {
      if (!takeOver)
        throw new OxbowError('CONFLICT', 'process.readOnly', 'The agent started this process.', 'Take it over before you type.')
      process.takeOver()
      this.#record(process, 'person', 'Took over a process', { outcome: 'takenOver' })
    }
    await process.write(data)
  }

  /** @throws OxbowError `process.notFound` */
  resize(id: ProcessId, size: TerminalSize): void {
    this.#find(id).resize(size)
  }

  /** Ends it and forgets its output. @throws OxbowError `process.notFound` */
  async close(id: ProcessId): Promise<void> {
    const process = this.#find(id)
    await process.kill()
    this.#all.delete(id)
  }

  /** Ends all of a session. */
  async endSession(sessionId: SessionId): Promise<void> {
    await Promise.all(this.#of(sessionId).map((process) => process.kill()))
  }

  async #start(box: Box, options: Omit<ConstructorParameters<typeof KeptProcess>[0], 'id' | 'clock'>): Promise<KeptProcess> {
    const { ids, clock } = this.#parts
    const { sessionId, startedBy, spool } = options
    const process = new KeptProcess({ ...options, id: ids.process(), clock })
    const starting = this.#starting.get(sessionId) ?? 0
    try {
      this.#checkRoom(sessionId)
      this.#starting.set(sessionId, starting + 1)
      await process.start(box)
    } catch (error) {
      await spool?.close()
      throw error
    } finally {
      const left = (this.#starting.get(sessionId) ?? 1) - 1
      if (left > 0) this.#starting.set(sessionId, left)
      else this.#starting.delete(sessionId)
    }
    this.#all.set(process.options.id, process)
    this.#record(process, startedBy, startedBy === 'person' ? 'Terminal opened' : 'Process started', {
      content: options.command,
      outcome: 'started',
    })
    if (startedBy === 'agent' && process.exit) this.#follow(process, box, process.exit)
    void process.exit?.then(({ code, signal, reason }) => {
      const how = reason === 'exit' ? (code === null ? `ended by ${signal}` : `exit code ${code}`) : 'killed'
      this.#record(process, 'oxbow', `Process ended (${how})`, { outcome: 'ended' })
      this.#forgetOldest()
    })
    return process
  }

  /** What it writes takes the labels of its conversation, as long as it lives. */
  #follow(process: KeptProcess, box: Box, exit: Promise<unknown>): void {
    const { log, writes } = this.#parts
    const { sessionId, spool, command } = process.options
    const own: TaintMark = { label: 'untrusted', source: command.slice(0, 200), reason: 'it brought in what others wrote' }
    const taints = (): readonly TaintMark[] => [...(log.ahead(sessionId).taints ?? []), ...(process.carried ? [own] : [])]
    writes.follow({ sessionId, box, spool: spool?.name, exit, taints })
  }

  #checkRoom(sessionId: SessionId): void {
    const running = [...this.#all.values()].filter((process) => process.running)
    const starting = [...this.#starting.values()].reduce((sum, count) => sum + count, 0)
    const here = running.filter(({ options }) => options.sessionId === sessionId).length + (this.#starting.get(sessionId) ?? 0)
    if (here < MOST_PER_SESSION && running.length + starting < MOST) return
    const most = here >= MOST_PER_SESSION ? `${MOST_PER_SESSION} processes run in this session` : `${MOST} processes run`
    throw new OxbowError('TOO_MANY_REQUESTS', 'process.tooMany', `${most} already.`, 'End one first.')
  }

  #forgetOldest(): void {
    const ended = [...this.#all.values()].filter((process) => !process.running)
    for (const { options } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#all.delete(options.id)
  }

  #of(sessionId: SessionId): KeptProcess[] {
    return [...this.#all.values()].filter(({ options }) => options.sessionId === sessionId)
  }

  #find(id: ProcessId): KeptProcess {
    const process = this.#all.get(id)
    if (process) return process
    throw new OxbowError('NOT_FOUND', 'process.notFound', `There is no process ${id}.`, 'List those that there are.')
  }

  #ofAgent(sessionId: SessionId, id: ProcessId): KeptProcess {
    const process = this.#all.get(id)
    if (process?.options.sessionId === sessionId && process.options.startedBy === 'agent') return process
    throw new OxbowError(
      'NOT_FOUND',
      'process.notFound',
      `There is no process ${id}.`,
      'List those that there are with process_list.',
    )
  }

  #record(
    { options: { id, sessionId: session, command } }: KeptProcess,
    actor: 'agent' | 'person' | 'oxbow',
    what: string,
    more: { content?: string; outcome: string },
  ): void {
    this.#parts.audit.record({ kind: 'process', actor, session, title: `${what}: ${command}`, data: { process: id }, ...more })
  }
}
