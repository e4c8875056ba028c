import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../contract/index.ts'
import { resolveHome } from '../../foundation/index.ts'
import { EXIT } from './exit-code.ts'
import { findGateway } from './gateway.ts'
import type { Host, OwnSidecar } from './host.ts'
import { Cancelled, causeOf } from './problem.ts'
import { connectRemote, type Remote } from './remote.ts'

/** How long a home may be locked by a sidecar that is just starting, or just ending. */
const PATIENCE_MS = 8000
const AGAIN_MS = 50

export interface Connection {
  client: Client
  /** True where the sidecar is one of our own, which ends with this command. */
  own: boolean
  /** Settles when the sidecar is gone. */
  lost: Promise<void>
  /** Leaves a running sidecar; stops one of our own once nobody else uses it. */
  close(): Promise<void>
}

/** The sidecar that runs in this home, if one does. */
export async function connectRunning({ env }: Host): Promise<Remote | undefined> {
  const gateway = await findGateway(resolveHome(env).gateway)
  if (!gateway) return undefined
  return connectRemote(gateway).catch(() => undefined)
}

/** The running sidecar, else one of our own that other commands find too. @throws OxbowError when neither can be had */
async function connect(host: Host): Promise<Connection> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const remote = await connectRunning(host)
    if (remote) return { client: remote.client, own: false, lost: remote.closed, close: async () => remote.close() }
    try {
      return await connectOwn(host)
    } catch (error) {
      if (causeOf(error) !== 'home.inUse' || performance.now() > until) throw error
      await sleep(AGAIN_MS)
    }
  }
}

/** Runs `work` with a client of the running sidecar, or of our own, which is gone when this settles. */
export async function withClient<T>(host: Host, work: (client: Client, connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(host)
  try {
    return await work(connection.client, connection)
  } finally {
    await connection.close()
  }
}

async function connectOwn(host: Host): Promise<Connection> {
  let sidecar: OwnSidecar | undefined
  let interrupted = false
  const release = host.interrupts.push(() => {
    interrupted = true
    if (sidecar) void sidecar.stop().finally(() => process.exit(EXIT.cancelled))
  })
  try {
    sidecar = await host.startOwn({ env: host.env, overrides: { 'gateway.port': 0 }, waitMs: 0 })
  } catch (error) {
    release()
    throw interrupted ? new Cancelled() : error
  }
  const own = sidecar
  if (interrupted) {
    await own.stop()
    throw new Cancelled()
  }
  const close = async (): Promise<void> => {
    await own.drain((clients) => host.note(`Other clients of this Oxbow: ${clients}. Waiting for them; Ctrl-C ends it.`))
    release()
  }
  return { client: await own.client(), own: true, lost: own.stopped, close }
}
