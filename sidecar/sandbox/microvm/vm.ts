import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { OxbowError } from '../../foundation/index.ts'
import { closeBeyond } from '../descriptors.ts'
import { PROXY_PORT } from '../way-out.ts'
import { Guest } from './guest.ts'
import { AGENT_FD, GUEST_USER, type MachineSpec, machineLine, STATE_FD } from './machine.ts'
import { saveState } from './save-state.ts'

/** What of a console is kept, to say why a machine did not start. */
const MOST_CONSOLE = 4000
/** What a machine may keep for itself; its processes share the rest. */
const OWN_MEMORY = 64 * 1024 ** 2

export interface BootOptions {
  spec: MachineSpec
  now: number
  /** How long the agent may take to answer. */
  bootMs: number
  /** `tag`, path, …: see `Setup.mounts`. */
  mounts: readonly string[]
  /** The egress proxy's socket, which programs in the guest reach at `PROXY_PORT`; none: no way out. */
  socket?: string | undefined
  /** The file with the state that it goes on from, or to write it to once it has come up. */
  state?: { from: string } | StateToKeep | undefined
  signal?: AbortSignal | undefined
  /** Called with the process number of the machine once it has one. */
  onSpawn?(pid: number): void
}

/** Where a machine's state is to be written; a machine whose state cannot be is as good as any. */
export interface StateToKeep {
  to: string
  written(what: { bytes: number; sha256: string }): Promise<void>
  failed(error: unknown): Promise<void>
}

/** A running machine. */
export interface Vm {
  readonly guest: Guest
  readonly pid: number
  /** Settles when its process has ended. */
  readonly ended: Promise<void>
  /** Ends it at once. Settles when its process has ended. */
  stop(): Promise<void>
}

/** Starts a machine and its agent. @throws OxbowError `sandbox.start` when it does not come up, and then none is left */
export async function bootVm(options: BootOptions): Promise<Vm> {
  options.signal?.throwIfAborted()
  const passage = await openPassage(options.state)
  try {
    return await boot(options, passage)
  } finally {
    await passage?.close()
  }
}

async function boot(
  { spec, now, bootMs, mounts, socket, state, signal, onSpawn }: BootOptions,
  passage: Passage | undefined,
): Promise<Vm> {
  const [program, args] = machineLine({ ...spec, state: passage?.seen })
  // No more than its own descriptors: a guest is not trusted, nor is its machine.
  const line = `${closeBeyond(STATE_FD)}exec "$@"`
  const child = spawn('/bin/bash', ['--noprofile', '--norc', '-c', line, 'bash', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', passage?.stdio ?? 'ignore'],
    cwd: '/',
    env: {},
    detached: true,
  })
  passage?.spawned()
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
  const console = keepConsole(child)
  if (child.pid === undefined) {
    await ended
    throw notBooted('no shell can be run', '')
  }
  const { pid } = child
  onSpawn?.(pid)
  const guest = new Guest(child.stdio[AGENT_FD] as Duplex)
  const vm = { guest, pid, ended, stop: () => stop(pid, ended, guest) }
  // A machine without its agent is of no use, and an agent without its machine cannot be.
  void guest.closed.then(() => vm.stop())
  void ended.then(() => guest.close())
  const comeUp = async (): Promise<void> => {
    // One that goes on from a state has said hello before that was written.
    if (state === undefined || 'to' in state) await guest.hello
    await passage?.save?.(child.stdio[STATE_FD] as Duplex)
    await setUp(guest, { spec, now, mounts, socket })
  }
  try {
    await bounded(comeUp(), bootMs, signal)
    return vm
  } catch (error) {
    await vm.stop()
    signal?.throwIfAborted()
    throw notBooted((error as Error).message, console())
  }
}

/** How a machine's state comes in or goes out. */
interface Passage {
  seen: NonNullable<MachineSpec['state']>
  stdio: 'pipe' | number
  /** To be called when the machine has its descriptors. */
  spawned(): void
  save?(channel: Duplex): Promise<void>
  close(): Promise<void>
}

async function openPassage(state: BootOptions['state']): Promise<Passage | undefined> {
  if (state === undefined) return undefined
  if ('from' in state) {
    const fd = openSync(state.from, 'r')
    return { seen: 'resumed', stdio: fd, spawned: () => closeSync(fd), close: async () => {} }
  }
  const socketIn = await mkdtemp(join(tmpdir(), 'oxbow-vm-'))
  return {
    seen: { socketIn },
    stdio: 'pipe',
    spawned: () => {},
    save: (channel) => saveState(channel, socketIn, state.to).then(state.written).catch(state.failed),
    close: () => rm(socketIn, { recursive: true, force: true }),
  }
}

async function setUp(
  guest: Guest,
  { spec, now, mounts, socket }: Pick<BootOptions, 'spec' | 'now' | 'mounts' | 'socket'>,
): Promise<void> {
  if (socket !== undefined) guest.openWay({ socket, port: PROXY_PORT })
  const user = process.platform === 'linux' ? GUEST_USER : (process.getuid?.() ?? GUEST_USER)
  await guest.setUp({
    now,
    uid: user,
    gid: user,
    mostProcesses: spec.settings.maxProcesses,
    mostMemory: Math.max(spec.settings.memoryMb * 1024 ** 2 - OWN_MEMORY, OWN_MEMORY),
    seed: randomBytes(64),
    mounts,
  })
}

async function bounded(work: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController()
  const stopped = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])])
  const late = sleep(ms, undefined, { signal: stopped }).then(
    () => {
      throw new Error(`it did not answer within ${Math.round(ms / 1000)} s`)
    },
    () => signal?.throwIfAborted(),
  )
  try {
    await Promise.race([work, late])
  } finally {
    over.abort()
    late.catch(() => {})
    work.catch(() => {})
  }
}

async function stop(pid: number, ended: Promise<void>, guest: Guest): Promise<void> {
  guest.close()
  try {
    // The group: bubblewrap, and QEMU with it.
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
  // A process that hangs in the kernel's own KVM never ends; nothing waits for that one.
  await Promise.race([ended, sleep(5000, undefined, { ref: false })])
}

/** The last of what the machine and QEMU said. */
function keepConsole(child: ChildProcess): () => string {
  let kept = ''
  const keep = (piece: Buffer): void => {
    kept = (kept + piece.toString('latin1')).slice(-MOST_CONSOLE)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => kept
}

function notBooted(why: string, console: string): OxbowError {
  const lines = console.split(/[\r\n]+/).map((line) => line.replaceAll(/[^ -~]/g, '').trim())
  const last = lines.filter(Boolean).slice(-3).join(' / ').slice(0, 400)
  const message = `The microvm did not start: ${why}${last === '' ? '' : ` (${last})`}.`
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.start', message, 'See `oxbow doctor`.')
}
