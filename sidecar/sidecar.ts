import { openAsBlob } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import manifest from '../package.json' with { type: 'json' }
import { AUDIT_KEY, auditKeys, openAudit, WatchedFile } from './audit/index.ts'
import { auditWitnesses, farWitnesses } from './audit-witnesses.ts'
import { type Client, MAIN_SPACE, type PowerState, type SessionId } from './contract/index.ts'
import {
  type DoorPort,
  type HttpDoor,
  homeToken,
  lazyRouter,
  openHttp,
  openPortDoor,
  removeGateway,
  routerClient,
  writeGateway,
} from './doors/index.ts'
import {
  createIds,
  loadConfig,
  loadWorkspacePolicy,
  lockHome,
  openDatabase,
  openJournal,
  prepareHome,
  resolveHome,
  systemClock,
  threadFile,
} from './foundation/index.ts'
import { createIsolation } from './isolation.ts'
import {
  Approvals,
  Boxes,
  Kernel,
  lazyToolbox,
  type Models,
  Processes,
  ProcessWrites,
  recordMemory,
  SessionLog,
  Slots,
  TaintKeeper,
} from './kernel/index.ts'
import { keyInSettings, knownSecrets } from './known-secrets.ts'
import { lazyEgress } from './lazy-egress.ts'
import { Media } from './media/index.ts'
import {
  createBudgets,
  createCalendar,
  createGate,
  createGrants,
  createHosts,
  createLedger,
  createNamedSecrets,
  createPrivatePaths,
  createSpending,
  createTaintedFiles,
  openRules,
} from './policy/index.ts'
import { cost, createProviders, GUIDE_REF, type Keychain, openSecrets, priceVersion } from './providers/index.ts'
import { createRemembering } from './remembering.ts'
import {
  canonical,
  createBeyond,
  createPlaces,
  createProcessSandbox,
  createTiers,
  findLeftovers,
  otherTiers,
  Snippets,
} from './sandbox/index.ts'
import { createServices } from './services.ts'
import { Tidying } from './tidying.ts'
import { createSpool, type OpenWeb } from './tools/index.ts'

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

/** How often a draining sidecar looks whether its last client has gone, in milliseconds. */
const DRAIN_LOOK_MS = 100

/**
 * Builds every room, hands each what it needs, sets right what a crash left, and opens the doors.
 * @throws OxbowError `home.inUse`, `config.invalid`, `database.*`, `door.*`
 */
export async function startSidecar(options: SidecarOptions = {}): Promise<Sidecar> {
  const { version } = manifest
  const { env = process.env, overrides = {}, http = true, waitMs = 3000 } = options
  const home = resolveHome(env)
  prepareHome(home)
  const { config, sources } = await loadConfig({ home, env, overrides })
  const lock = lockHome(join(home.run, 'lock'), waitMs)
  const journal = openJournal(home.logs, config.log.level)
  const clock = systemClock
  const opened: (() => unknown)[] = [() => lock.release(), () => journal.flush()]
  try {
    const leftovers = findLeftovers(home)
    const db = openDatabase({ path: home.database })
    opened.unshift(() => db.close())
    const ids = createIds()
    const secrets = openSecrets({ file: home.secrets, sealed: home.keychain, keychain: options.keychain, log: journal })
    const keys = join(home.root, 'keys')
    const audit = openAudit({
      db,
      clock,
      keys: auditKeys({
        file: join(keys, 'audit.pem'),
        keychain: options.keychain,
        locked: () => secrets.place(AUDIT_KEY) === 'locked',
        journal,
      }),
      witnesses: auditWitnesses(home, config),
      posts: farWitnesses(home, config, env, journal),
      journal,
      known: knownSecrets(config, env, secrets),
    })
    opened.unshift(() => audit.close())
    const grants = createGrants(db, clock)
    const log = new SessionLog(db, clock, audit)
    const calendar = createCalendar(clock)
    const ledger = createLedger(db)
    const budgets = createBudgets(db, clock)
    const spending = createSpending({ db, clock, calendar, ledger, budgets, audit })
    const personHome = env.HOME ?? homedir()
    const watch = (path: string, kind: 'config' | 'policy'): WatchedFile =>
      new WatchedFile({ db, audit, path, kind, known: knownSecrets(config, env, secrets) })
    const watched = { settings: watch(home.config, 'config'), rules: watch(home.policy, 'policy') }
    const rules = openRules(home.policy, personHome, watched.rules)
    const hosts = createHosts({ db, clock, settings: () => config.sandbox.allowHosts })
    const approvals = new Approvals({ log, grants, rules, hosts, audit, clock, expiry: () => config.policy.approvalExpiry })
    const providers = createProviders({
      config,
      env,
      log: journal,
      catalogPath: home.models,
      clock,
      accounts: { home, sources, secrets, watched: watched.settings },
    })
    const named = createNamedSecrets({ db, clock, values: secrets })
    const egress = lazyEgress({
      run: home.run,
      clock,
      log: journal,
      audit,
      hosts,
      rules,
      spaceOf: (session) => session && (log.summary(session as SessionId).space ?? MAIN_SPACE),
      secrets: named,
      known: knownSecrets(config, env, secrets),
      upstreamProxy: config.network.upstreamProxy,
      env,
    })
    const places = { home: home.root, tmpRoot: home.tmp, shared: home.shared, vault: config.sandbox.vault, personHome: env.HOME }
    const sandbox = createProcessSandbox({
      ...places,
      allowHosts: config.sandbox.allowHosts,
      egress: egress.open,
      relays: home.relays,
    })
    const spool = createSpool(home.spool)
    const slots = new Slots(config.kernel.maxTurns)
    const models: Models = {
      resolve: (ref) => providers.resolve(ref),
      fallback: () => config.models.fallback,
      cost: async (ref) => {
        const price = await providers.price(ref)
        return { of: (usage) => cost(usage, price), version: price && priceVersion(price) }
      },
      contextTokens: async (ref) => providers.contextTokens(ref),
      outputTokens: async (ref) => providers.outputTokens(ref),
    }
    const memory = createRemembering({
      memory: {
        db,
        database: home.database,
        clock,
        ids,
        log: journal,
        changed: recordMemory(audit),
        secrets: knownSecrets(config, env, secrets),
        convert: async (path, name) => {
          const { hash } = await media.put(await openAsBlob(path), name)
          return (await media.text(hash)).text
        },
      },
      embedders: join(home.root, 'embedders'),
      keyOf: (provider) => secrets.get(provider) ?? keyInSettings(config, env, provider),
      config,
      db,
      log,
      models,
      spending,
      ledger,
      calendar,
      journal,
    })
    opened.unshift(() => memory.close())
    const taintedFiles = createTaintedFiles(db, clock)
    const shared = (): string => canonical(home.shared)
    const ours = (): string[] => [shared(), canonical(home.tmp)]
    const privates = createPrivatePaths(() => config.policy.private, personHome, ours)
    const gate = createGate({
      rules,
      grants,
      audit,
      personHome,
      touches: { files: taintedFiles, privates, shared },
      online: () => hosts.list().length > 0,
      knownHost: egress.knows,
      whenTainted: () => config.policy.tainted,
      role: () => config.policy.role,
      limit: async (workspace) => (await loadWorkspacePolicy(workspace)).mode,
    })
    const tiers = createTiers(
      [
        sandbox,
        ...otherTiers({
          ...places,
          env,
          log: journal,
          container: config.sandbox.container,
          wayOut: egress.wayOut,
          microvm: config.sandbox.microvm,
          clock,
        }),
      ],
      { minFreeMb: config.sandbox.minFreeMb },
    )
    const isolation = createIsolation({ tiers, config, log })
    const writes = new ProcessWrites(taintedFiles)
    const boxes = new Boxes({ tiers, ...isolation })
    const processes = new Processes({ boxes, log, spool, audit, ids, clock, writes })
    const web: OpenWeb = async () => ({
      fetcher: await egress.fetcher(),
      pageText: (bytes, type, url) => media.pageText(bytes, type, url),
      robots: () => config.web.robots,
    })
    const snippets = new Snippets({
      worker: threadFile(import.meta.dirname, 'wasm-worker.cjs', 'sandbox/wasm/worker.ts'),
      log: journal,
    })
    opened.unshift(() => snippets.close())
    const toolbox = lazyToolbox({
      memory: memory.open,
      // A folder that the person named is one that other programs have, too.
      calendarGoesOut: config.calendar.folder !== undefined,
      processes,
      web,
      snippets,
    })
    const media = new Media({
      root: home.media,
      db,
      clock,
      log: journal,
      worker: threadFile(import.meta.dirname, 'media.cjs', 'media/worker.ts'),
      modalities: async (ref) => (ref === GUIDE_REF ? ['text'] : providers.known(ref)?.input),
    })
    opened.unshift(() => media.close())
    const kernel = new Kernel({
      log,
      media,
      ids,
      gate,
      audit,
      spending,
      boxes,
      spool,
      processes,
      approvals,
      taint: new TaintKeeper(taintedFiles, privates),
      writes,
      beyond: createBeyond(home.root, personHome),
      refusedHosts: { take: egress.takeRefused },
      slots,
      clock,
      journal,
      toolbox,
      models,
      recall: memory.recall,
      learner: memory.learner,
      dreamer: memory.dreamer,
      maxSteps: config.kernel.maxSteps,
    })

    const tidying = new Tidying({ watched: Object.values(watched), leftovers, memory, media, audit, clock, config, journal })
    opened.unshift(() => tidying.stop())
    const { promise: stopped, resolve: settle } = Promise.withResolvers<void>()
    let door: HttpDoor | undefined
    let stopping: Promise<void> | undefined
    const stop = (): Promise<void> => {
      stopping ??= close().finally(settle)
      return stopping
    }
    const close = async (): Promise<void> => {
      if (door) removeGateway(home.gateway)
      const resting = () => Promise.all([tidying.stop(), media.close(), memory.close(), snippets.close()])
      // What cannot be closed must not keep the rest open: the record and the database least of all.
      for (const part of [
        () => kernel.stop(),
        () => tiers.close(),
        () => egress.close(),
        () => door?.close(),
        resting,
        () => audit.close(),
      ])
        await Promise.resolve(part()).catch((error: unknown) => journal.error({ err: error }, 'a part could not be closed'))
      db.close()
      lock.release()
      journal.info({}, 'stopped')
      journal.flush()
    }

    const drain = async (onWait: (clients: number) => void): Promise<void> => {
      if (door && door.clients > 0) onWait(door.clients)
      while (door && door.clients > 0 && !stopping) await sleep(DRAIN_LOOK_MS)
      if (stopping) return stopping
      // Closed first, so that nobody comes in while the rest is being closed.
      removeGateway(home.gateway)
      const closed = door?.close()
      await stop()
      await closed
    }

    const services = createServices({
      home,
      env,
      config,
      sources,
      watched,
      log,
      kernel,
      media,
      memory: memory.open,
      learner: memory.learner,
      dreamer: memory.dreamer,
      processes,
      approvals,
      grants,
      audit,
      db,
      clock,
      gate,
      taintedFiles,
      rules,
      hosts,
      secrets: named,
      toolbox,
      ledger,
      budgets,
      spending,
      pricing: models.cost,
      calendar,
      providers,
      places: createPlaces(places),
      tiers,
      isolation,
      boxes,
      journal,
      startedAt: STARTED_AT,
      version,
      door: () => door,
      stop,
    })
    const router = lazyRouter(services)
    const abandoned = spending.recover()
    if (abandoned > 0) journal.warn({ abandoned }, 'model calls were open when Oxbow stopped')
    kernel.recover()
    if (http) {
      const token = homeToken(home.run)
      const pages = options.pages ?? join(import.meta.dirname, '../renderer')
      const { host, port, allowedOrigins: origins } = config.gateway
      const http = await openHttp({ router, clock, audit, token, version, pages, host, port, origins })
      door = http
      opened.unshift(() => http.close())
      writeGateway(home.gateway, { url: door.url, token, pid: process.pid, version, startedAt: STARTED_AT })
    }
    journal.info({ url: door?.url, version }, 'ready')
    return {
      client: () => routerClient(router),
      url: door?.url ?? null,
      link: () => door?.link() ?? null,
      acceptPort: openPortDoor(router),
      heedPower: (state) => memory.heedPower(state),
      stop,
      drain,
      stopped,
    }
  } catch (error) {
    for (const close of opened) await close()
    throw error
  }
}
