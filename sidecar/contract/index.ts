import type { ContractRouterClient } from '@orpc/contract'
import { approvals } from './procedures/approvals.ts'
import { audit } from './procedures/audit.ts'
import { budgets } from './procedures/budgets.ts'
import { calendar } from './procedures/calendar.ts'
import { hosts } from './procedures/hosts.ts'
import { knowledge } from './procedures/knowledge.ts'
import { media } from './procedures/media.ts'
import { memory } from './procedures/memory.ts'
import { models } from './procedures/models.ts'
import { policy } from './procedures/policy.ts'
import { providers } from './procedures/providers.ts'
import { sandbox, vault } from './procedures/sandbox.ts'
import { secrets } from './procedures/secrets.ts'
import { sessions } from './procedures/sessions.ts'
import { config, folders, system } from './procedures/system.ts'
import { terminals } from './procedures/terminals.ts'
import { turns } from './procedures/turns.ts'
import { usage } from './procedures/usage.ts'

/** Everything Oxbow can be asked, from whichever door. */
export const contract = {
  sessions,
  turns,
  terminals,
  approvals,
  policy,
  hosts,
  secrets,
  usage,
  budgets,
  audit,
  models,
  providers,
  media,
  memory,
  knowledge,
  calendar,
  sandbox,
  vault,
  config,
  folders,
  system,
}
export type Contract = typeof contract
export type Client = ContractRouterClient<Contract>

export * from './calendar.ts'
export * from './embedding-models.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './ids.ts'
export * from './media-limits.ts'
export * from './memory.ts'
export * from './memory-dreams.ts'
export * from './memory-embedder.ts'
export * from './memory-episodes.ts'
export * from './memory-kinds.ts'
export * from './memory-learning.ts'
export * from './money.ts'
export * from './page.ts'
export * from './parts.ts'
export * from './plan.ts'
export { Grant } from './procedures/approvals.ts'
export {
  AuditActor,
  AuditCheckpoint,
  AuditDecision,
  AuditEntry,
  AuditFault,
  AuditFilter,
  AuditKind,
  AuditReport,
} from './procedures/audit.ts'
export { Budget, BudgetPeriod, BudgetScope, BudgetState, BudgetUnit } from './procedures/budgets.ts'
export { AllowedHost } from './procedures/hosts.ts'
export { FoundPiece, KnowledgeNote, NoteLinks, NoteSummary } from './procedures/knowledge.ts'
export { MediaInfo, MediaVerdict } from './procedures/media.ts'
export { Capability, ModelFilter, ModelHealth, ModelInfo, ModelPrice } from './procedures/models.ts'
export { Simulation } from './procedures/policy.ts'
export { KeyPlace, ProviderInfo } from './procedures/providers.ts'
export { NamedSecret } from './procedures/secrets.ts'
export { Check, Setting, Status } from './procedures/system.ts'
export { CallPurpose, CallStatus, ModelCall, UsageBy, UsageRow, UsageSum } from './procedures/usage.ts'
export * from './processes.ts'
export * from './question.ts'
export * from './receipts.ts'
export * from './reduce.ts'
export * from './rest.ts'
export * from './rule-words.ts'
export * from './rules.ts'
export * from './sandbox.ts'
export * from './shell.ts'
export * from './taint.ts'
export * from './upload.ts'
export * from './usage.ts'
export * from './values.ts'
export * from './view.ts'
export * from './visible.ts'
export * from './watch.ts'
