import {
  ISOLATION_WORDS,
  type Isolation,
  type IsolationChoice,
  type IsolationTier,
  type SandboxProfile,
  type SessionId,
} from './contract/index.ts'
import { type Config, loadWorkspacePolicy, OxbowError } from './foundation/index.ts'
import type { SessionLog } from './kernel/index.ts'
import { BUNDLES } from './policy/index.ts'
import { checkWish, chooseProfile, chooseTier, type Tiers, type TierWishes, unavailable } from './sandbox/index.ts'

export interface IsolationParts {
  tiers: Tiers
  config: Pick<Config, 'sandbox' | 'policy'>
  log: Pick<SessionLog, 'summary' | 'view'>
}

/** Which isolation holds for whom: the rooms know tiers and sessions, this knows the settings. */
export interface IsolationRules {
  choose(session: SessionId | undefined, workspace: string): Promise<IsolationChoice & { profile: SandboxProfile }>
  /** What holds where no session is. */
  standing(): IsolationChoice & { profile: SandboxProfile }
  /** Refuses to run without isolation what must not. @param session absent: a new one. @throws OxbowError `sandbox.role`, `sandbox.untrusted` */
  checkHost(session?: SessionId): void
  /** Checks a person's choice for a session. @throws OxbowError `sandbox.stricter`, `sandbox.unavailable`, `sandbox.role`, `sandbox.untrusted` */
  check(wish: Isolation, workspace: string, session?: SessionId): Promise<void>
  /** Every tier and whether it can be used here. */
  list(): Promise<IsolationTier[]>
}

export function createIsolation({ tiers, config: { sandbox, policy }, log }: IsolationParts): IsolationRules {
  const wishesOf = async (workspace: string): Promise<TierWishes & { profile?: SandboxProfile | undefined }> => {
    const { tier, profile } = await loadWorkspacePolicy(workspace)
    return { workspace: tier, setting: sandbox.tier, profile }
  }
  const untrusted = (session: SessionId): boolean => (log.view(session).taints ?? []).some(({ label }) => label === 'untrusted')
  const byRole = (): { reason: string; mend: string } | undefined =>
    BUNDLES[policy.role].host
      ? undefined
      : { reason: `the role "${policy.role}" does not include it`, mend: 'oxbow config set policy.role owner' }
  const checkHost = (session?: SessionId): void => {
    const { reason, mend } = byRole() ?? {}
    if (reason !== undefined)
      throw new OxbowError('FORBIDDEN', 'sandbox.role', `Commands cannot run without isolation: ${reason}.`, mend)
    if (session !== undefined && untrusted(session))
      throw new OxbowError(
        'FORBIDDEN',
        'sandbox.untrusted',
        'This session holds words from outside, and nothing from outside may act without isolation.',
        'Choose another isolation for it.',
      )
  }
  return {
    async choose(session, workspace) {
      const { profile, ...wishes } = await wishesOf(workspace)
      const choice = chooseTier({ ...wishes, session: session && log.summary(session).isolation })
      return { ...choice, profile: chooseProfile(sandbox.profile, profile) }
    },
    standing: () => ({ ...chooseTier({ setting: sandbox.tier }), profile: chooseProfile(sandbox.profile) }),
    checkHost,
    async check(wish, workspace, session) {
      checkWish(wish, await wishesOf(workspace))
      if (wish === 'host') checkHost(session)
      const readiness = await tiers.readiness(wish)
      if (!readiness.ready) throw unavailable(readiness)
    },
    list: () =>
      Promise.all(
        tiers.all.map(async (tier) => {
          const barred = tier === 'host' ? byRole() : undefined
          const { ready, ...why } = barred ? { ready: false, ...barred } : await tiers.readiness(tier)
          return { tier, ...ISOLATION_WORDS[tier], unsafe: tier === 'host', ready, ...why }
        }),
      ),
  }
}
