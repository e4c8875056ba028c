import type { SidecarOrder, SidecarReport, SidecarState } from '../sidecar/contract/shell.ts'
import type { Timers } from './timers.ts'

const READY_MS = 15_000
const FIRST_DELAY_MS = 250
const LAST_DELAY_MS = 8_000
const MINUTE_MS = 60_000
const RESTARTS_PER_MINUTE = 5
/** A clean stop has 4.5 s and a killed child 0.5 s to go: 5 s in all. */
const STOP_MS = 4_500
const GONE_MS = 500
/** Nobody waits for a child that is killed because it failed; a busy machine may take its time. */
const LINGER_MS = 10_000

/** One running sidecar process, however it was started. `Port` is what its channel can carry besides JSON. */
export interface Child<Port = never> {
  send(order: SidecarOrder, ports?: readonly Port[]): void
  onReport(listener: (report: unknown) => void): void
  /** Called once. `why` tells what the exit code cannot, such as a program that could not be started. */
  onExit(listener: (code: number | null, why?: string) => void): void
  /** Ends the process at once. */
  kill(): void
}

export interface SupervisorOptions<Port> {
  launch(): Child<Port>
  timers: Timers
  /** Named in the state `failed`, so that the person knows where to look. */
  logPath: string
  onState(state: SidecarState): void
  onReady?(report: Extract<SidecarReport, { type: 'ready' }>): void
}

export interface Supervisor<Port = never> {
  readonly state: SidecarState
  /** Starts the sidecar, also again after `failed` or `stopped`; does nothing while one runs or is on its way. */
  start(): void
  /** True when a ready sidecar was sent the order. */
  send(order: SidecarOrder, ports?: readonly Port[]): boolean
  /** Ends the sidecar within 5 s: asked first, killed then. Resolves when it is gone. */
  stop(): Promise<void>
}

/** Keeps one sidecar alive. Never two at once: the next is launched only after the exit of the one before was seen. */
export function createSupervisor<Port = never>(options: SupervisorOptions<Port>): Supervisor<Port> {
  const { timers } = options
  let state: SidecarState = { state: 'stopped' }
  let phase: 'idle' | 'starting' | 'ready' | 'waiting' | 'asked' | 'killed' = 'idle'
  let child: Child<Port> | null = null
  let stopping: PromiseWithResolvers<void> | null = null
  let startWhenGone = false
  let fault: string | null = null
  let refused = false
  let attempt = 0
  let restarts: number[] = []
  let cancelTimer = () => {}

  const enter = (next: typeof phase, ms?: number, work?: () => void) => {
    cancelTimer()
    phase = next
    cancelTimer = ms !== undefined && work ? timers.after(ms, work) : () => {}
  }
  const show = (next: SidecarState) => {
    state = next
    options.onState(next)
  }
  const fail = (message: string) => show({ state: 'failed', logPath: options.logPath, message })

  function launch() {
    fault = null
    refused = false
    show({ state: 'starting' })
    let next: Child<Port>
    try {
      next = options.launch()
    } catch (error) {
      return tryAgain(`The sidecar could not be started: ${error instanceof Error ? error.message : String(error)}`)
    }
    child = next
    enter('starting', READY_MS, () => {
      fault = `The sidecar did not become ready within ${READY_MS / 1000} s.`
      kill(next)
    })
    next.onReport((report) => child === next && hear(parseReport(report), next))
    next.onExit((code, why) => child === next && buried(code, why))
  }

  function hear(report: SidecarReport | null, from: Child<Port>) {
    if (!report || (phase !== 'starting' && phase !== 'ready')) return
    if (report.type === 'refused') {
      refused = true
      ask(from)
      fail(report.hint ? `${report.message}\n${report.hint}` : report.message)
    } else if (phase === 'starting') {
      enter('ready', MINUTE_MS, () => {
        attempt = 0
      })
      options.onReady?.(report)
      show({ state: 'ready' })
    }
  }

  function ask(whom: Child<Port>) {
    enter('asked', STOP_MS, () => kill(whom))
    whom.send({ type: 'stop' })
  }

  function kill(whom: Child<Port>) {
    enter('killed', stopping ? GONE_MS : LINGER_MS, () => {
      enter('idle')
      fail('The sidecar could not be ended. Restart the computer if this goes on.')
      stopping?.resolve()
      stopping = null
    })
    whom.kill()
  }

  function buried(code: number | null, why: string | undefined) {
    const was = phase
    child = null
    enter('idle')
    if (stopping) {
      show({ state: 'stopped' })
      stopping.resolve()
      stopping = null
    } else if (startWhenGone) {
      startWhenGone = false
      launch()
    } else if (refused) {
      // The refusal is shown already; only the person can change what caused it.
    } else if (was === 'ready' && code === 0) {
      // Somebody stopped it on purpose, through a door.
      show({ state: 'stopped' })
    } else if (was !== 'idle') {
      tryAgain(fault ?? why ?? `The sidecar ended unexpectedly (${code === null ? 'killed' : `exit code ${code}`}).`)
    }
  }

  function tryAgain(message: string) {
    const now = timers.now()
    restarts = restarts.filter((time) => now - time < MINUTE_MS)
    if (restarts.length >= RESTARTS_PER_MINUTE) {
      enter('idle')
      return fail(`${message}\nIt was restarted ${RESTARTS_PER_MINUTE} times within a minute.`)
    }
    restarts.push(now)
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** attempt, LAST_DELAY_MS)
    attempt += 1
    enter('waiting', delayMs, launch)
    show({ state: 'restarting', attempt, delayMs })
  }

  return {
    get state() {
      return state
    },
    start() {
      if (stopping) return
      if (phase === 'asked' || phase === 'killed') {
        startWhenGone = refused
      } else if (phase === 'idle' && !child) {
        attempt = 0
        restarts = []
        launch()
      }
    },
    send(order, ports) {
      if (phase !== 'ready' || !child) return false
      child.send(order, ports)
      return true
    },
    stop() {
      if (stopping) return stopping.promise
      startWhenGone = false
      if (!child) {
        enter('idle')
        if (state.state !== 'stopped') show({ state: 'stopped' })
        return Promise.resolve()
      }
      stopping = Promise.withResolvers<void>()
      const { promise } = stopping
      if (phase === 'idle' || phase === 'killed') kill(child)
      else if (phase !== 'asked') ask(child)
      return promise
    },
  }
}

/** A report as it came over the process channel; null for anything that is none. */
function parseReport(value: unknown): SidecarReport | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, url, link, pid, message, hint } = value as Record<string, unknown>
  if (type === 'ready' && typeof pid === 'number')
    return { type, url: typeof url === 'string' ? url : null, link: typeof link === 'string' ? link : null, pid }
  if (type === 'refused' && typeof message === 'string') return { type, message, ...(typeof hint === 'string' && { hint }) }
  return null
}
