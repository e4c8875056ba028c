import type { Audit } from './audit/index.ts'
import { type Clock, type Log, loadWorkspacePolicy } from './foundation/index.ts'
import type { AllowList } from './policy/egress/index.ts'
import type { Call, Hosts, NamedSecrets } from './policy/index.ts'
import type { Egress, Traveller } from './sandbox/egress/index.ts'

export interface LazyEgressParts {
  clock: Clock
  log: Log
  audit: Audit
  hosts: Hosts
  secrets: NamedSecrets
}

/** The way out, opened with its first use: the start needs none of it. */
export interface LazyEgress {
  open(): Promise<Egress>
  /** Whether a person lets agents reach what a call's address names. */
  knows(call: Pick<Call, 'args' | 'sessionId' | 'workspace'>): Promise<boolean>
  close(): Promise<void>
}

export function lazyEgress(parts: LazyEgressParts): LazyEgress {
  let opened: Promise<Egress> | undefined
  return {
    open: () => {
      opened ??= openEgress(parts)
      return opened
    },
    async knows({ args, sessionId: session, workspace }) {
      const { url } = (args ?? {}) as { url?: unknown }
      if (typeof url !== 'string') return false
      const { judgeTarget, readUrl } = await import('./policy/egress/index.ts')
      try {
        judgeTarget(readUrl(url), await allowedFor(parts.hosts, { session, workspace }))
        return true
      } catch {
        return false
      }
    },
    close: async () => (await opened)?.close(),
  }
}

async function openEgress({ clock, log, audit, hosts, secrets }: LazyEgressParts): Promise<Egress> {
  const [{ createSecretSource }, { createEgress }] = await Promise.all([
    import('./policy/egress/index.ts'),
    import('./sandbox/egress/index.ts'),
  ])
  return createEgress({
    clock,
    log,
    allowed: (of) => allowedFor(hosts, of),
    secrets: createSecretSource({
      secrets,
      onUse: (name, host, port) =>
        audit.record({
          kind: 'secret',
          actor: 'oxbow',
          title: `Secret ${name} sent to ${host}:${port}`,
          data: { name, host, port },
        }),
    }),
  })
}

/** What a person allowed, as far as the workspace leaves it. @throws OxbowError `config.invalid` */
async function allowedFor(hosts: Hosts, of: Traveller): Promise<AllowList> {
  const { readHostRule } = await import('./policy/egress/index.ts')
  const { allowHosts } = await loadWorkspacePolicy(of.workspace)
  return { allowed: hosts.forWhom(of).map(readHostRule), within: allowHosts?.map(readHostRule) }
}
