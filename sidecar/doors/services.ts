import type { AuditRecord } from '../audit/index.ts'
import type {
  Check,
  EmbedderChoice,
  Isolation,
  IsolationChoice,
  IsolationTier,
  Mode,
  ModelFilter,
  ModelHealth,
  ModelInfo,
  PlacedRule,
  PolicyRule,
  PreparationItem,
  ProfileInfo,
  Role,
  SandboxProfile,
  SessionId,
  Setting,
  Simulation,
  Status,
  TaintedFile,
  TaintLabel,
  VaultEntry,
} from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'
import type { Approvals, Dreamer, Kernel, MemoryLearner, Processes, SessionLog } from '../kernel/index.ts'
import type { Media } from '../media/index.ts'
import type { MemoryRoom } from '../memory/index.ts'
import type { Budgets, Calendar, Explained, Grants, Hosts, Ledger, NamedSecrets, Spending } from '../policy/index.ts'
import type { Providers, Trial } from '../providers/index.ts'
import type { VaultCopy } from '../sandbox/index.ts'

/** What the doors carry. The composition root fills it; the router only translates. */
export interface Services {
  log: SessionLog
  kernel: Kernel
  media: Media
  /** Opened with the first call. */
  memory(): Promise<MemoryRoom>
  /** Writes the choice into the settings. */
  keepEmbedder(choice: EmbedderChoice): Promise<void>
  /** Learns from turns that have ended. */
  learner: Pick<MemoryLearner, 'now'>
  dreamer: Pick<Dreamer, 'dream'>
  /** What goes on in the boxes of sessions. */
  processes: Processes
  approvals: Approvals
  grants: Grants
  audit: AuditRecord
  ledger: Ledger
  budgets: Budgets
  spending: Spending
  calendar: Calendar
  hosts: Hosts
  secrets: NamedSecrets
  policy: {
    /** The file of this Oxbow's own rules. */
    readonly path: string
    /** @throws OxbowError `policy.invalid` */
    rules(workspace: string | undefined): PlacedRule[]
    /** @throws OxbowError `policy.invalid` */
    add(rule: PolicyRule): Promise<PlacedRule>
    /** @throws OxbowError `policy.noRule`, `policy.moved` */
    remove(index: number, expected?: PolicyRule): void
    /** @throws OxbowError `policy.noRule` */
    simulate(change: {
      add?: readonly PolicyRule[] | undefined
      remove?: readonly number[] | undefined
      role?: Role | undefined
      days: number
    }): Promise<Simulation>
    /** @throws OxbowError `policy.noTool` */
    explain(call: {
      tool: string
      args: unknown
      workspace: string
      mode: Mode
      sessionId?: SessionId | undefined
    }): Promise<Explained>
  }
  taint: {
    /** A person says that these labels of a session do not hold; all of them where none is named. @returns which it had */
    clear(sessionId: SessionId, labels: readonly TaintLabel[] | undefined): TaintLabel[]
    /** Files written with labels, newest first. */
    files(limit: number): TaintedFile[]
    /** Takes the labels from a file, or a folder and all in it. @returns how many entries that were */
    trust(path: string): number
  }
  models: {
    health(): ModelHealth[]
    list(filter: Omit<ModelFilter, 'limit'>): Promise<ModelInfo[]>
    /** The model of new sessions, and why it is that one. */
    chosen(): Promise<{ model: string; why: string }>
    probe(): Promise<{ provider: string; baseUrl: string; models: string[] }[]>
    setDefault(ref: string): Promise<void>
    /** @throws OxbowError when no session can use it */
    check(ref: string): Promise<void>
    /** @throws OxbowError `catalog.*` */
    refresh(): Promise<{ providers: number; models: number; asOf: string }>
  }
  providers: Pick<Providers, 'accounts'> & {
    test(id: string, model?: string): Promise<Trial>
    /** @throws OxbowError as the accounts' own */
    remove(id: string): Promise<void>
  }
  settings: {
    list(): Promise<{ path: string; settings: Setting[] }>
    set(key: string, value: unknown): Promise<{ setting: Setting; restart: boolean }>
  }
  isolation: {
    /** What holds for a session, or for new ones. */
    chosen(sessionId: SessionId | undefined): Promise<IsolationChoice & { profile: SandboxProfile }>
    tiers(): Promise<IsolationTier[]>
    profiles(): ProfileInfo[]
    /** @throws OxbowError `sandbox.nothingToBuild`, `sandbox.building` */
    build(tier: Isolation, signal: AbortSignal): AsyncGenerator<PreparationItem>
    /** @throws OxbowError `sandbox.stricter`, `sandbox.unavailable`, `sandbox.untrusted` */
    check(wish: Isolation, workspace: string, sessionId?: SessionId): Promise<void>
    /** Closes the session's box where another isolation holds now. */
    settle(sessionId: SessionId): Promise<void>
  }
  vault: {
    /** @throws OxbowError `vault.*` */
    list(path: string): Promise<{ root: string; path: string; entries: VaultEntry[] }>
    /** @throws OxbowError `vault.*`, `path.*` */
    copy(sessionId: SessionId, copy: VaultCopy): Promise<{ to: string; files: number; bytes: number }>
  }
  defaults(): { workspace: string; mode: Mode }
  /** The canonical path of a folder that may be a workspace. @throws OxbowError `sandbox.workspace` */
  workspace(path: string): Promise<string>
  status(): Status
  doctor(): Promise<Check[]>
  /** @throws OxbowError `door.closed` where no HTTP door is open */
  link(): string
  /** Begins the stop; settles at once. */
  stop(): void
  journal: Log
}
