import type { Audit } from './audit/index.ts'
import { type Clock, type Log, loadWorkspacePolicy } from './foundation/index.ts'
import type { Hosts, NamedSecrets } from './policy/index.ts'
import type { Egress } from './sandbox/egress/index.ts'

export interface LazyEgressParts {
  clock: Clock
  log: Log
  audit: Audit
  hosts: Hosts
  secrets: NamedSecrets
}

/** The way out, opened with its first use: the start needs none of it. */
export function lazyEgress(parts: LazyEgressParts): { open(): Promise<Egress>; close(): Promise<void> } {
  let opened: Promise<Egress> | undefined
  return {
    open: () => {
      opened ??= openEgress(parts)
      return opened
    },
    close: async () => (await opened)?.close(),
  }
}

async function openEgress({ clock, log, audit, hosts, secrets }: LazyEgressParts): Promise<Egress> {
  const [{ createSecretSource, readHostRule }, { createEgress }] = await Promise.all([
    import('./policy/egress/index.ts'),
    import('./sandbox/egress/index.ts'),
  ])
  return createEgress({
    clock,
    log,
    allowed: async (of) => {
      const { allowHosts } = await loadWorkspacePolicy(of.workspace)
      return { allowed: hosts.forWhom(of).map(readHostRule), within: allowHosts?.map(readHostRule) }
    },
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
