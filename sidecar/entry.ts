import { enableCompileCache, flushCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import type { KeyReport, SidecarOrder, SidecarReport } from './contract/index.ts'
import type { DoorPort } from './doors/index.ts'
import { heap, keepGeneralWasmWrappers, resolveHome } from './foundation/index.ts'
import { type SupervisorKeychain, supervisorKeychain } from './keychain.ts'
import type { Sidecar } from './sidecar.ts'

/** How long a start and what follows it at once may take, in milliseconds. */
const STARTED_MS = 2000
/** How long the supervisor may take to hand over the keys it has; it does so before anything else. */
const KEYS_MS = 2000

/** A supervisor's channel: Electron's utility process has a port, plain Node an IPC channel. */
interface Channel {
  report(report: SidecarReport | KeyReport): void
  onOrder(listener: (order: SidecarOrder, ports: readonly DoorPort[]) => void): void
  onLost(listener: () => void): void
  /** Whether this supervisor can open the system's keychain. */
  readonly hasKeychain: boolean
}

interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: SidecarOrder; ports: DoorPort[] }) => void): void
}

function channel(): Channel {
  const port = (process as { parentPort?: UtilityPort }).parentPort
  if (port) {
    return {
      report: (report) => port.postMessage(report),
      onOrder: (listener) => port.on('message', ({ data, ports }) => listener(data, ports)),
      // The system ends a utility process with its parent.
      onLost: () => {},
      hasKeychain: true,
    }
  }
  return {
    report: (report) => process.send?.(report),
    onOrder: (listener) => process.on('message', (order: SidecarOrder) => listener(order, [])),
    onLost: (listener) => process.on('disconnect', listener),
    hasKeychain: false,
  }
}

/** The keychain, once the supervisor has told what is in it; undefined where there is none to trust. */
function openKeychain(supervisor: Channel): Promise<SupervisorKeychain | undefined> {
  if (!supervisor.hasKeychain) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), KEYS_MS)
    let keychain: SupervisorKeychain | undefined
    supervisor.onOrder((order) => {
      if (order.type === 'keys') {
        clearTimeout(timer)
        if (order.keys) keychain = supervisorKeychain(order.keys, (report) => supervisor.report(report))
        resolve(keychain)
      } else keychain?.hear(order)
    })
  })
}

/** The process that a supervisor starts: one sidecar, until it is told to stop or its supervisor is gone. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string' } } })
  const supervisor = channel()
  // The vendors' SDKs would send these to any address, whatever it is.
  delete process.env.OPENAI_CUSTOM_HEADERS
  delete process.env.ANTHROPIC_CUSTOM_HEADERS
  const opening = openKeychain(supervisor)
  enableCompileCache(resolveHome(process.env).code)
  const { OxbowError, startSidecar } = await import('./sidecar.ts')
  const keychain = await opening
  let sidecar: Sidecar
  try {
    sidecar = await startSidecar({
      overrides: values.port === undefined ? {} : { 'gateway.port': Number(values.port) },
      ...(keychain && { keychain }),
    })
  } catch (error) {
    // What a person can mend is told to them; a fault of ours is worth another try by the supervisor.
    if (error instanceof OxbowError)
      supervisor.report({ type: 'refused', message: error.message, ...(error.hint !== undefined && { hint: error.hint }) })
    console.error(error)
    setTimeout(() => process.exit(1), 100)
    return
  }
  const stop = (): void => void sidecar.stop()
  supervisor.onOrder((order, ports) => {
    if (order.type === 'stop') stop()
    else if (order.type === 'power') sidecar.heedPower(order.state)
    else if (order.type === 'port') for (const port of ports) void sidecar.acceptPort(port)
  })
  supervisor.onLost(stop)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  void sidecar.stopped.then(() => process.exit(0))
  supervisor.report({ type: 'ready', url: sidecar.url, link: sidecar.link(), pid: process.pid })
  setTimeout(staySmall, STARTED_MS).unref()
}

/** Only once all is loaded, and our compiled code kept for the next start. */
function staySmall(): void {
  flushCompileCache()
  heap.keepSmall()
  keepGeneralWasmWrappers()
}

void main()
