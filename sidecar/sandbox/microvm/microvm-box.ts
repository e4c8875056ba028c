import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Widening } from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import type { Guard } from '../guards.ts'
import { type Place, placeVariables } from '../place.ts'
import { virtualRoots } from '../roots.ts'
import type { Box, BoxCommand, BoxProcess, BoxStart, Exit } from '../sandbox.ts'
import { type Pass, type PassWish, PROXY_PORT, type WayOut } from '../way-out.ts'
import { GuardBook } from './guards.ts'
import type { GuestProcess } from './guest-process.ts'
import type { Share } from './machine.ts'
import type { Vm } from './vm.ts'

/** Time to leave the list for what a closing box ends. */
const CLOSE_MS = 6000

export interface MachineWish {
  shares: readonly Share[]
  /** See `Setup.mounts`. */
  mounts: readonly string[]
  /** See `BootOptions.socket`. */
  socket: string | undefined
  signal: AbortSignal
}

export interface MicrovmBoxParts {
  startMachine(wish: MachineWish): Promise<Vm>
  way: WayOut | undefined
  /** Whether a machine can be given a file without the folder around it. */
  canWiden: boolean
}

interface Launched {
  process: GuestProcess
  pass: Pass | undefined
}

interface Machine {
  vm: Promise<Vm>
  book: GuardBook
  leave(): void
}

/** A box whose commands run in a machine of its own, which starts with the first of them and stays until the box closes. */
export function createMicrovmBox(place: Place, { startMachine, way, canWiden }: MicrovmBoxParts): Box {
  const { workspace, tmp, shared } = place
  const closing = new AbortController()
  const processes = new Set<GuestProcess>()
  let machine: Machine | undefined

  const boot = (signal: AbortSignal, widen?: Widening): Machine => {
    const leave = place.ward.standIn()
    const book = new GuardBook()
    const begin = async (): Promise<Vm> => {
      const wish = wishFor(place, book.take(place.ward.guards()), widen)
      return startMachine({ ...wish, socket: way?.socket, signal })
    }
    const own = { vm: begin(), book, leave }
    const drop = (): void => {
      leave()
      if (machine === own) machine = undefined
    }
    own.vm.then(({ ended }) => ended.then(drop), drop)
    return own
  }

  const common = (): Machine => {
    machine ??= boot(closing.signal)
    return machine
  }

  /** A machine, as it must be for the next command. */
  const ready = async (own: Machine): Promise<Vm> => {
    const vm = await own.vm
    vm.guest.protect(inGuest(place, own.book.take(place.ward.guards())))
    return vm
  }

  /** @param own a machine for this command alone; absent: the one that all share */
  const launch = async ({ command, cwd, terminal, onOutput }: BoxStart, wish: PassWish, own?: Machine): Promise<Launched> => {
    const real = await place.folder(cwd)
    if (closing.signal.aborted) throw closed()
    const { guest } = await ready(own ?? common())
    const pass = await way?.admit(wish)
    let takeAway = (): void => {}
    const release = (): void => {
      pass?.release()
      takeAway()
    }
    try {
      const outward = await pass?.environment({ port: PROXY_PORT })
      const env = {
        ...environment(place),
        ...outward,
        ...(terminal !== undefined && { TERM: 'xterm-256color', COLORTERM: 'truecolor' }),
      }
      takeAway = place.ward.watch()
      const process = await guest.start({ command, cwd: real, env, terminal, onOutput })
      processes.add(process)
      void process.exit
        .catch(() => {})
        .then(() => {
          processes.delete(process)
          release()
        })
      if (closing.signal.aborted) process.end('cancelled')
      return { process, pass }
    } catch (error) {
      release()
      throw error
    }
  }

  const run = async (command: BoxCommand, own?: Machine): Promise<Exit> => {
    const { signal, timeoutMs } = command
    if (signal.aborted) return { code: null, signal: null, reason: 'cancelled' }
    // A machine that is still starting is left to start for the next one.
    const launched = launch(command, { fixed: true, lent: command.lent }, own)
    const begun = await Promise.race([launched, untilAborted(signal)])
    if (begun === undefined) {
      launched.then((late) => late.process.end('cancelled')).catch(() => {})
      return { code: null, signal: null, reason: 'cancelled' }
    }
    const { process, pass } = begun
    process.closeInput()
    const timer = setTimeout(() => process.end('timeout'), timeoutMs)
    const cancel = (): void => process.end('cancelled')
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      const exit = await process.exit
      return pass?.carried ? { ...exit, carried: true } : exit
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
    }
  }

  /**
   * In a machine of its own, which ends with it: what is shared is said when one is started, and what hosts are lent to must
   * share none with what could take its credential.
   */
  const runApart = async (command: BoxCommand): Promise<Exit> => {
    const own = boot(AbortSignal.any([closing.signal, command.signal]), command.widen)
    try {
      return await run(command, own)
    } finally {
      const vm = await own.vm.catch(() => undefined)
      await vm?.stop()
    }
  }

  const start = async (command: BoxStart): Promise<BoxProcess> => {
    const { process, pass } = await launch(command, { fixed: !command.byPerson, silent: true })
    const exit = process.exit.catch((): Exit => ({ code: null, signal: null, reason: 'cancelled' }))
    return {
      exit,
      get carried() {
        return pass?.carried === true
      },
      write: (data) => process.write(data),
      resize: (columns, rows) => process.resize(columns, rows),
      async kill() {
        process.end('cancelled')
        await exit
      },
    }
  }

  return {
    tier: 'microvm',
    workspace,
    tmp,
    shared,
    canWiden,
    run: (command) => (command.widen || command.lent ? runApart(command) : run(command)),
    start,
    resolve: place.resolve,
    async close() {
      closing.abort()
      const vm = await machine?.vm.catch(() => undefined)
      for (const process of processes) process.end('cancelled')
      await vm?.stop()
      await Promise.race([Promise.allSettled([...processes].map(({ exit }) => exit)), sleep(CLOSE_MS, undefined, { ref: false })])
      await place.close()
    },
  }
}

/** The folders at their real paths, so that absolute names mean the same as outside, and under the names of the roots. */
function wishFor(place: Place, guards: readonly Guard[], widen?: Widening): Pick<MachineWish, 'shares' | 'mounts'> {
  const { workspace, tmp, shared } = place
  const folders = [
    // First, since the workspace may lie below it.
    ...(widen ? [{ tag: 'beyond', path: dirname(widen.path), guards: [], only: widen }] : []),
    { tag: 'workspace', path: workspace, guards, identity: place.ward.workspace.identity },
    { tag: 'tmp', path: tmp, guards: [] },
    ...(shared === undefined ? [] : [{ tag: 'shared', path: shared, guards: [] }]),
  ]
  const roots = virtualRoots(place)
  const mounts = folders.flatMap(({ tag, path }) => {
    const names = roots.filter(({ real }) => real === path).map(({ name }) => name)
    return [tag, path, ...names.flatMap((name) => ['bind', name])]
  })
  return { shares: folders, mounts }
}

/** Guards of the workspace under every name that it has in the guest. */
function inGuest(place: Place, guards: readonly Guard[]): Guard[] {
  const names = virtualRoots(place).filter(({ real }) => real === place.workspace)
  const places = [place.workspace, ...names.map(({ name }) => name)]
  return places.flatMap((at) => guards.map((guard) => ({ ...guard, path: at + guard.path.slice(place.workspace.length) })))
}

function environment(place: Place): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/home/agent',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    USER: 'agent',
    SHELL: '/bin/bash',
    TMPDIR: place.tmp,
    ...placeVariables(place),
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => signal.addEventListener('abort', () => done(undefined), { once: true }))
}

const closed = (): OxbowError => new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed in the meantime.')
