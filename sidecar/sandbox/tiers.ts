import type { Isolation, IsolationChoice, IsolationSource, PreparationItem } from '../contract/index.ts'
import { Isolation as Order } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { withDiskFloor } from './disk-floor.ts'
import { Preparations } from './preparations.ts'
import type { Box, BoxOptions, Preparation, Readiness, Sandbox } from './sandbox.ts'

/** What each side asks for; absent where it asks for nothing. */
export type TierWishes = Partial<Record<Exclude<IsolationSource, 'default'>, Isolation | undefined>>

/** Those whose wish binds the others; a session's is a person's own, so that it may be `host`. */
const BINDING = ['agent', 'space', 'workspace', 'setting'] as const

const DEFAULT: Isolation = 'process'
const strictness = (tier: Isolation): number => Order.options.indexOf(tier)

/**
 * The strictest wish wins. `host` counts only as a person's choice for the session, or for its agent, and only where
 * nobody asks for more; where nobody asks for anything it is the process tier.
 */
export function chooseTier(wishes: TierWishes): IsolationChoice {
  const asked = ([...BINDING, 'session'] as const).flatMap((by) => {
    const tier = wishes[by]
    const counts = tier !== undefined && (tier !== 'host' || by === 'session' || by === 'agent')
    return counts ? [{ tier, by }] : []
  })
  const strictest = asked.reduce<IsolationChoice | undefined>(
    (best, one) => (best === undefined || strictness(one.tier) > strictness(best.tier) ? one : best),
    undefined,
  )
  return strictest ?? { tier: DEFAULT, by: 'default' }
}

const ASKED_BY: Record<IsolationSource, string> = {
  agent: 'its agent',
  space: 'its space',
  session: 'the session',
  workspace: "the workspace's own settings (.oxbow/config.toml)",
  setting: 'the setting sandbox.tier',
  default: 'Oxbow',
}

/** Refuses a person's choice that something stricter overrules. @throws OxbowError `sandbox.stricter` */
export function checkWish(wish: Isolation, wishes: TierWishes): void {
  const { tier, by } = chooseTier({ ...wishes, session: wish })
  if (strictness(tier) <= strictness(wish)) return
  const message = `The tier "${wish}" cannot be chosen: ${ASKED_BY[by]} asks for "${tier}", and the strictest wins.`
  throw new OxbowError('CONFLICT', 'sandbox.stricter', message, `Choose ${tier} or stricter, or change that first.`)
}

/** All the tiers of this Oxbow. */
export interface Tiers {
  /** From loose to strict. */
  readonly all: readonly Isolation[]
  readiness(tier: Isolation): Promise<Readiness>
  /** @throws OxbowError `sandbox.unavailable`, `sandbox.workspace` */
  open(tier: Isolation, workspace: string, options?: BoxOptions): Promise<Box>
  /** Makes what a tier needs here. @throws OxbowError `sandbox.nothingToBuild`, `sandbox.building` */
  prepare(tier: Isolation, signal: AbortSignal): AsyncGenerator<PreparationItem>
  close(): Promise<void>
}

/**
 * @param sandboxes one for each tier that is built in
 * @param minFreeMb what commands must leave free on the volumes of their folders; 0: whatever they do
 */
export function createTiers(sandboxes: readonly Sandbox[], { minFreeMb = 0 }: { minFreeMb?: number } = {}): Tiers {
  const known = new Map(sandboxes.map((sandbox) => [sandbox.tier, sandbox]))
  const preparations = new Preparations(known)
  const missing = (tier: Isolation) => ({
    ready: false as const,
    reason: `this Oxbow has no ${tier} tier`,
    mend: `Choose one of ${[...known.keys()].join(', ')}.`,
  })
  return {
    all: Order.options.filter((tier) => known.has(tier)),
    readiness: async (tier) => (await known.get(tier)?.readiness()) ?? missing(tier),
    async open(tier, workspace, options) {
      const sandbox = known.get(tier)
      if (!sandbox) throw unavailable(missing(tier))
      return withDiskFloor(await sandbox.open(workspace, options), minFreeMb)
    },
    prepare: (tier, signal) => preparations.begin(tier, signal),
    close: async () => void (await Promise.all(sandboxes.map((sandbox) => sandbox.close()))),
  }
}

/** A tier whose code is loaded when it is first asked for: the start needs none of it. */
export function lazySandbox<Loaded extends Sandbox>(
  tier: Isolation,
  load: () => Promise<Loaded>,
  prepare?: (loaded: Loaded, how: Preparation) => Promise<string>,
): Sandbox {
  let loaded: Promise<Loaded> | undefined
  const sandbox = (): Promise<Loaded> => {
    loaded ??= load()
    return loaded
  }
  return {
    tier,
    ...(prepare && { prepare: async (how: Preparation) => prepare(await sandbox(), how) }),
    readiness: async () => (await sandbox()).readiness(),
    open: async (workspace, options) => (await sandbox()).open(workspace, options),
    close: async () => (await loaded)?.close(),
  }
}

/** A missing tier is a refusal that says what to do, never a looser one. */
export function unavailable({ reason, mend }: { reason: string; mend: string }): OxbowError {
  const message = `Commands cannot run here: the sandbox is not available, because ${reason}.`
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.unavailable', message, mend)
}
