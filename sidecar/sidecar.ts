import manifest from '../package.json' with { type: 'json' }
import { createBoxed } from './boxed.ts'
import { Closing } from './closing.ts'
import { type Client, MAIN_SPACE, type PowerState, type SessionId } from './contract/index.ts'
import { type DoorPort, lazyRouter, openPortDoor, routerClient } from './doors/index.ts'
import { Ending } from './ending.ts'
import { systemClock, threadFile } from './foundation/index.ts'
import { type FrontDoor, openFrontDoor } from './front-door.ts'
import { openGround, takeHome } from './ground.ts'
import { SessionLog } from './kernel/index.ts'
import { lazyEgress } from './lazy-egress.ts'
import { Media } from './media/index.ts'
import { createModels } from './models.ts'
import { createMoney } from './money.ts'
import { createPolicies } from './policies.ts'
import { GUIDE_REF, type Keychain } from './providers/index.ts'
import { createRemembering } from './remembering.ts'
import { findLeftovers } from './sandbox/index.ts'
import { createServices } from './services.ts'
import { Tidying } from './tidying.ts'
import { createWorking } from './working.ts'

export { OxbowError } from './foundation/index.ts'

export interface SidecarOptions {
  env?: NodeJS.ProcessEnv
  /** Settings of the command line, above all other layers: `{ 'gateway.port': 0 }`. */
  overrides?: Record<string, unknown>
  /** Whether to open the HTTP door. */
  http?: boolean
  /** Folder of the built UI. */
  pages?: string
  /** The system's keychain, where the supervisor can open it. */
  keychain?: Keychain
  /** How long another Oxbow in this home may take to end, in milliseconds. */
  waitMs?: number
}

export interface Sidecar {
  /** The contract, in this process. */
  client(): Promise<Client>
  readonly url: string | null
  /** A link with a one-time ticket; null where no HTTP door is open. */
  link(): string | null
  acceptPort(port: DoorPort): Promise<void>
  /** How the computer stands now, as the shell is told. */
  heedPower(state: PowerState): void
  /** Ends turns as interrupted, closes doors and files. */
  stop(): Promise<void>
  /** Stops once no client is connected to the HTTP door. @param onWait told how many there are, if there are any */
  drain(onWait: (clients: number) => void): Promise<void>
  /** Settles once it has stopped, whoever asked for it. */
  readonly stopped: Promise<void>
}

const STARTED_AT = systemClock.iso()

/**
 * Builds every room, hands each what it needs, sets right what a crash left, and opens the doors.
 * @throws OxbowError `home.inUse`, `config.invalid`, `database.*`, `door.*`
 */
export async function startSidecar(options: SidecarOptions = {}): Promise<Sidecar> {
  const { version } = manifest
  const { env = process.env, overrides = {}, http = true, waitMs = 3000 } = options
  const taken = await takeHome(env, overrides, waitMs)
  const { home, journal } = taken
  const closing = new Closing(journal)
  closing.add('lock', () => taken.lock.release())
  try {
    const leftovers = findLeftovers(home)
    const ground = openGround(taken, options.keychain, closing)
    const { db, clock, audit } = ground
    const log = new SessionLog(db, clock, audit)
    const policies = createPolicies(ground)
    const money = createMoney(ground)
    const { providers, models } = createModels(ground)
    const media = new Media({
      root: home.media,
      db,
      clock,
      log: journal,
      worker: threadFile(import.meta.dirname, 'media.cjs', 'media/worker.ts'),
      modalities: async (ref) => (ref === GUIDE_REF ? ['text'] : providers.known(ref)?.input),
    })
    closing.add('rooms', () => media.close())
    const memory = createRemembering({ ...ground, ...money, log, models, media })
    closing.add('rooms', () => memory.close())
    const spaceOf = (session: string | undefined) => session && (log.summary(session as SessionId).space ?? MAIN_SPACE)
    const egress = lazyEgress({ ...ground, ...policies, spaceOf })
    closing.add('egress', () => egress.close())
    const boxed = createBoxed({ ...ground, egress, log }, closing)
    const working = createWorking({ ...ground, ...policies, ...money, ...boxed, log, models, egress, media, memory }, closing)
    const tidying = new Tidying({ ...ground, leftovers, memory, media })
    closing.add('rooms', () => tidying.stop())

    let door: FrontDoor | undefined
    const ending = new Ending({ closing, journal, door: () => door })
    const stop = (): Promise<void> => ending.stop()
    const router = lazyRouter(
      createServices({
        ...ground,
        ...policies,
        ...money,
        ...boxed,
        ...working,
        log,
        media,
        memory,
        providers,
        models,
        startedAt: STARTED_AT,
        version,
        door: () => door,
        stop,
      }),
    )
    const abandoned = money.spending.recover()
    if (abandoned > 0) journal.warn({ abandoned }, 'model calls were open when Oxbow stopped')
    working.kernel.recover()
    if (http) door = await openFrontDoor({ ...ground, router, version, startedAt: STARTED_AT, pages: options.pages }, closing)
    journal.info({ url: door?.url, version }, 'ready')
    return {
      client: () => routerClient(router),
      url: door?.url ?? null,
      link: () => door?.link() ?? null,
      acceptPort: openPortDoor(router),
      heedPower: (state) => memory.heedPower(state),
      stop,
      drain: (onWait) => ending.drain(onWait),
      stopped: ending.stopped,
    }
  } catch (error) {
    await closing.close()
    throw error
  }
}
