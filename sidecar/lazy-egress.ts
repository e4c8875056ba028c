import { holdsRandom, Scrubber } from './audit/index.ts'
import type { SessionId } from './contract/index.ts'
import { loadWorkspacePolicy } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import type { Policies } from './policies.ts'
import type { AllowList } from './policy/egress/index.ts'
import { type Call, deniedHost } from './policy/index.ts'
import type { Egress, Fetcher, Sender, Traveller } from './sandbox/egress/index.ts'
import type { WayOut } from './sandbox/index.ts'

export interface LazyEgressParts
  extends Pick<Ground, 'home' | 'config' | 'env' | 'clock' | 'journal' | 'audit' | 'known'>,
    Pick<Policies, 'hosts' | 'rules' | 'named'> {
  /** Of a session; undefined where there is none. */
  spaceOf(session: string | undefined): string | undefined
}

/** The way out, opened with its first use: the start needs none of it. */
export interface LazyEgress {
  open(): Promise<Egress>
  /** Whether a person lets agents get what a call's address names. */
  knows(call: Pick<Call, 'tool' | 'args' | 'sessionId' | 'workspace'>): Promise<boolean>
  /**
   * The hosts that a session was refused since this was last asked, as rules that would allow them; those alone that a
   * person may be asked about.
   */
  takeRefused(session: SessionId): Promise<RefusedHost[]>
  /** For our own tools. */
  fetcher(): Promise<Fetcher>
  /** The way out of a box that gets a socket and no network. */
  wayOut(box: Traveller & { tmp: string }): Promise<WayOut>
  close(): Promise<void>
}

export interface RefusedHost {
  host: string
  /** What would let it through. */
  rule: string
  /** Its address, for the gate. */
  url: string
}

export function lazyEgress(parts: LazyEgressParts): LazyEgress {
  let opened: Promise<Egress> | undefined
  const open = (): Promise<Egress> => {
    opened ??= openEgress(parts)
    return opened
  }
  return {
    open,
    fetcher: async () => {
      const [{ createFetcher }, egress] = await Promise.all([import('./sandbox/egress/index.ts'), open()])
      return createFetcher(egress)
    },
    async wayOut({ session, workspace, tmp }) {
      const egress = await open()
      await egress.allowed({ session, workspace, tool: 'exec' })
      const socket = await egress.socket()
      return { socket, admit: (wish) => egress.admit({ ...wish, session, workspace, trustFolder: tmp }) }
    },
    async knows({ tool, args, sessionId: session, workspace }) {
      const { url } = (args ?? {}) as { url?: unknown }
      if (typeof url !== 'string') return false
      const { judgeRequest, judgeTarget, readUrl } = await import('./policy/egress/index.ts')
      try {
        const [target, list] = [readUrl(url), await allowedFor(parts, { session, workspace, tool })]
        judgeTarget(target, list)
        judgeRequest({ method: 'GET' }, target, list)
        return true
      } catch {
        return false
      }
    },
    async takeRefused(session) {
      const refused = (await opened)?.takeRefused(session) ?? []
      const askable = refused.filter(({ askable }) => askable)
      if (askable.length === 0) return []
      const { inUrl, isLocalhost, readHost, writeHostRule } = await import('./policy/egress/index.ts')
      return askable.map(({ host: name, port }) => {
        const host = readHost(name)
        const web = !host.address && !isLocalhost(host) && [80, 443].includes(port)
        const rule = writeHostRule({ host, below: false, ...(!web && { port }) })
        return { host: name, rule, url: `${port === 80 ? 'http' : 'https'}://${inUrl(host)}:${port}/` }
      })
    },
    close: async () => (await opened)?.close(),
  }
}

async function openEgress(parts: LazyEgressParts): Promise<Egress> {
  const { home, config, env, clock, journal, audit, known, named } = parts
  const [{ createSecretSource }, { createEgress, readUpstream }] = await Promise.all([
    import('./policy/egress/index.ts'),
    import('./sandbox/egress/index.ts'),
  ])
  return createEgress({
    run: home.run,
    clock,
    log: journal,
    upstream: readUpstream(config.network.upstreamProxy, env),
    allowed: (of) => allowedFor(parts, of),
    holdsKey: (text) => new Scrubber(known()).text(text) !== text || holdsRandom(text),
    knownKeys: known,
    onRefused: ({ session, host, port, code, reason }) =>
      audit.record({
        kind: 'sandbox',
        actor: 'oxbow',
        title: `Not let out: ${host}:${port}`,
        ...(session !== undefined && { session: session as SessionId }),
        decision: 'deny',
        reason,
        data: { code, host, port },
      }),
    secrets: createSecretSource({
      secrets: named,
      onUse: (name, host, port, session) =>
        audit.record({
          kind: 'secret',
          actor: 'oxbow',
          title: `Secret ${name} sent to ${host}:${port}`,
          ...(session !== undefined && { session: session as SessionId }),
          data: { name, host, port },
        }),
    }),
  })
}

/** What a person allowed, as far as the workspace and the rules leave it. @throws OxbowError `config.invalid` */
async function allowedFor(
  { hosts, rules, spaceOf }: Pick<LazyEgressParts, 'hosts' | 'rules' | 'spaceOf'>,
  of: Sender,
): Promise<AllowList> {
  const { readHostRule } = await import('./policy/egress/index.ts')
  const { allowHosts } = await loadWorkspacePolicy(of.workspace)
  return {
    allowed: hosts.forWhom(of).map(readHostRule),
    within: allowHosts?.map(readHostRule),
    denied: (name, port) => deniedHost(rules.all(of.workspace), { ...of, space: spaceOf(of.session) }, { name, port }),
  }
}
