import { mkdir } from 'node:fs/promises'
import type { Boxed } from './boxed.ts'
import { MAIN_SPACE, type PolicyRule, type Status } from './contract/index.ts'
import { runDoctor } from './doors/doctor/index.ts'
import type { HttpDoor, Services } from './doors/index.ts'
import { listSettings, nearMiss, OxbowError } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import { gateCall, type Models, type SessionLog } from './kernel/index.ts'
import { createLiveSettings } from './live-settings.ts'
import type { Media } from './media/index.ts'
import type { Money } from './money.ts'
import type { Policies } from './policies.ts'
import { estimateCall, globOf } from './policy/index.ts'
import { GUIDE_REF, type Providers } from './providers/index.ts'
import type { Remembering } from './remembering.ts'
import { describeProfiles, Vault } from './sandbox/index.ts'
import type { Working } from './working.ts'

export interface ServiceParts
  extends Pick<Ground, 'home' | 'env' | 'overrides' | 'config' | 'sources' | 'db' | 'clock' | 'journal' | 'audit' | 'watched'>,
    Pick<Policies, 'grants' | 'rules' | 'hosts' | 'named' | 'taintedFiles'>,
    Money,
    Boxed,
    Working {
  log: SessionLog
  media: Media
  memory: Remembering
  providers: Providers
  models: Models
  startedAt: string
  version: string
  door(): HttpDoor | undefined
  stop(): Promise<void>
}

/** Where a rule is saved, a tool that nobody has is a mistake; read from a file, it may be meant for another Oxbow. */
function checkTool({ tool }: PolicyRule, known: readonly { name: string }[]): void {
  if (tool === undefined || known.some(({ name }) => globOf(tool).fits(name, true))) return
  const near = nearMiss(
    tool,
    known.map(({ name }) => name),
  )
  const hint = near === undefined ? 'Its name stands in what it asks for, and `*` is all.' : `Did you mean "${near}"?`
  throw new OxbowError('BAD_REQUEST', 'policy.invalid', `tool: there is no tool "${tool}"`, hint)
}

function canResolve(providers: Providers, ref: string): boolean {
  try {
    providers.resolve(ref)
    return true
  } catch {
    return false
  }
}

/** What the doors carry, from the rooms that do it. */
export function createServices(parts: ServiceParts): Services {
  const { home, env, config, log, kernel, media, memory, approvals, grants, gate, rules, providers, places, isolation, journal } =
    parts
  let looked: Promise<unknown> | undefined
  const status = (): Status => {
    const url = parts.door()?.url
    return {
      version: parts.version,
      pid: process.pid,
      home: home.root,
      ...(url !== undefined && { url }),
      startedAt: parts.startedAt,
      sessions: log.count(),
      runningTurns: kernel.runningTurns,
      waitingApprovals: approvals.list().length,
      rssBytes: process.memoryUsage.rss(),
    }
  }
  const { set } = createLiveSettings(parts)
  const vault = new Vault(config.sandbox.vault ?? home.vault)
  return {
    log,
    kernel,
    media,
    memory: memory.open,
    keepEmbedder: async ({ embedder, url, keyOf }) => {
      await set('memory.embedder', embedder)
      await set('memory.embedder_url', url ?? null)
      await set('memory.embedder_key', keyOf ?? null)
    },
    learner: memory.learner,
    dreamer: memory.dreamer,
    processes: parts.processes,
    approvals,
    grants,
    audit: parts.audit,
    ledger: parts.ledger,
    budgets: parts.budgets,
    spending: parts.spending,
    calendar: parts.calendar,
    journal,
    hosts: parts.hosts,
    secrets: parts.named,
    policy: {
      path: rules.path,
      rules: (workspace) => rules.all(workspace),
      add: async (rule) => {
        checkTool(rule, (await parts.toolbox()).specs)
        return rules.add(rule)
      },
      remove: (index, expected) => rules.remove(index, expected),
      simulate: async (change) => (await import('./simulation.ts')).simulate(parts, change),
      explain: async ({ tool, args, workspace, mode, sessionId }) => {
        const toolbox = await parts.toolbox()
        const prepared = toolbox.prepare(tool, args)
        if ('problem' in prepared) throw new OxbowError('BAD_REQUEST', 'policy.noTool', prepared.problem)
        const { title } = toolbox.describe(tool, args)
        const view = sessionId === undefined ? undefined : log.view(sessionId)
        const caller = {
          sessionId,
          space: view && (view.summary.space ?? MAIN_SPACE),
          workspace,
          mode,
          taints: view?.taints ?? [],
        }
        return gate.explain(await gateCall(parts.boxes, caller, prepared, { title, args }))
      },
    },
    taint: {
      clear: (sessionId, labels) => {
        const held = new Set((log.view(sessionId).taints ?? []).map(({ label }) => label))
        const cleared = (labels ?? [...held]).filter((label) => held.has(label))
        if (cleared.length > 0) log.append(sessionId, [{ type: 'taintCleared', labels: cleared }], { durable: true })
        return cleared
      },
      files: (limit) => parts.taintedFiles.list(limit),
      trust: (path) => parts.taintedFiles.trust(path),
    },
    models: {
      health: () => providers.health(),
      list: (filter) => providers.list(filter),
      chosen: async () => {
        // Only who has configured nothing waits for the look at this computer's model servers, and only once.
        const { model, why } = providers.chooseDefault()
        if (model !== GUIDE_REF) return { model, why }
        looked ??= providers.probeLocal()
        await looked
        return providers.chooseDefault()
      },
      probe: () => providers.probeLocal(),
      setDefault: async (ref) => void (await set('models.default', ref)),
      check: (ref) => providers.check(ref),
      refresh: () => providers.refresh(config.models.catalogUrl),
    },
    providers: {
      accounts: providers.accounts,
      test: (id, model) =>
        providers.test(
          id,
          async ({ provider, model: ref, ...request }) => {
            const estimate = estimateCall(request, await parts.models.cost(ref))
            return parts.spending.reserve({ provider, model: ref, purpose: 'test', estimate })
          },
          model,
        ),
      remove: async (id) => {
        await providers.accounts.remove(id)
        // New sessions would have a model that nobody serves.
        const { default: ref } = config.models
        if (ref?.startsWith(`${id}/`) && !canResolve(providers, ref)) await set('models.default', null)
      },
    },
    settings: {
      list: async () => ({ path: home.config, settings: listSettings(config, parts.sources) }),
      set,
    },
    isolation: {
      chosen: async (sessionId) =>
        sessionId === undefined ? isolation.standing() : isolation.choose(sessionId, log.summary(sessionId).workspace),
      tiers: () => isolation.list(),
      build: (tier, signal) => parts.tiers.prepare(tier, signal),
      profiles: describeProfiles,
      check: (wish, workspace, sessionId) => isolation.check(wish, workspace, sessionId),
      settle: (sessionId) => parts.boxes.settle(sessionId, log.summary(sessionId).workspace),
    },
    vault: {
      list: (path) => vault.list(path),
      copy: async (sessionId, copy) => {
        const place = await places.open(log.summary(sessionId).workspace)
        try {
          const { folder, ...copied } = await vault.copy(place, copy)
          // What was in the vault is private wherever it lies: who reads it takes the label over.
          const about = { labels: ['private' as const], source: 'your vault', sessionId }
          parts.taintedFiles.mark([{ path: copied.to, folder }], place.workspace, about)
          return copied
        } finally {
          await place.close()
        }
      },
    },
    defaults: () => ({ workspace: home.defaultWorkspace, mode: config.policy.mode }),
    workspace: async (path) => {
      if (path === home.defaultWorkspace) await mkdir(path, { recursive: true, mode: 0o700 })
      return places.check(path)
    },
    status,
    doctor: () =>
      runDoctor({ home, env, providers, tiers: parts.tiers, isolation: isolation.standing().tier, url: parts.door()?.url }),
    link: () => {
      const door = parts.door()
      if (!door)
        throw new OxbowError(
          'SERVICE_UNAVAILABLE',
          'door.closed',
          'this sidecar opened no HTTP door',
          'Start one with `oxbow serve`.',
        )
      return door.link()
    },
    stop: () => void setTimeout(() => void parts.stop(), 50),
  }
}
