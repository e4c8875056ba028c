import type { Audit } from '../audit/index.ts'
import type { SessionId, TurnId } from '../contract/index.ts'
import type { Ids } from '../foundation/index.ts'
import type { Media } from '../media/index.ts'
import type { Gate, Pricing, Spending } from '../policy/index.ts'
import type { Provider } from '../providers/index.ts'
import type { Beyond } from '../sandbox/index.ts'
import type { Spool } from '../tools/index.ts'
import type { Approvals } from './approvals.ts'
import type { Boxes } from './boxes.ts'
import type { SessionLog } from './log/session-log.ts'
import type { MemoryRecall } from './memory-recall.ts'
import type { ProcessWrites } from './process-writes.ts'
import type { HostQuestions } from './refused-hosts.ts'
import type { Lease } from './slots.ts'
import type { TaintKeeper } from './taint.ts'
import type { Toolbox } from './toolbox.ts'

/** What the kernel asks of the providers room. */
export interface Models {
  /** @throws OxbowError `model.unknownProvider`, `provider.keyMissing` */
  resolve(ref: string): { provider: Provider; model: string }
  /** The models to go to, in order, when one fails. */
  fallback(): readonly string[]
  /** What the model costs. */
  cost(ref: string): Promise<Pricing>
  /** The model's window; undefined where nobody knows it. */
  contextTokens(ref: string): Promise<number | undefined>
  /** Its longest answer, in tokens; undefined where nobody knows it. */
  outputTokens(ref: string): Promise<number | undefined>
}

/** What the kernel asks of the media room. */
export type Shelf = Pick<Media, 'describe' | 'use' | 'release' | 'weight' | 'contents'>

/** What every part of a turn works with. */
export interface KernelParts {
  log: SessionLog
  ids: Ids
  models: Models
  media: Shelf
  gate: Gate
  audit: Audit
  spending: Spending
  boxes: Boxes
  spool: Spool
  toolbox: Toolbox
  approvals: Approvals
  /** Absent: without memory. */
  recall?: MemoryRecall | undefined
  taint: TaintKeeper
  writes: ProcessWrites
  beyond: Beyond
  refusedHosts: HostQuestions
  maxSteps: number
}

/** One running turn. `signal` aborts when a person cancels it or the sidecar stops. */
export interface TurnContext extends KernelParts {
  sessionId: SessionId
  turnId: TurnId
  lease: Lease
  signal: AbortSignal
}
