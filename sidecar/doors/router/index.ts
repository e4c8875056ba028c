import type { Services } from '../services.ts'
import { auditRouter } from './audit.ts'
import { calendarRouter } from './calendar.ts'
import { configRouter, foldersRouter, modelsRouter, systemRouter } from './computer.ts'
import { approvalsRouter, turnsRouter } from './conversation.ts'
import { hostsRouter } from './hosts.ts'
import { implementer } from './implement.ts'
import { knowledgeRouter } from './knowledge.ts'
import { mediaRouter } from './media.ts'
import { memoryRouter } from './memory.ts'
import { budgetsRouter, usageRouter } from './money.ts'
import { policyRouter } from './policy.ts'
import { providersRouter } from './providers.ts'
import { sandboxRouter, vaultRouter } from './sandbox.ts'
import { secretsRouter } from './secrets.ts'
import { sessionsRouter } from './sessions.ts'
import { terminalsRouter } from './terminals.ts'

/** The one router that every door carries. */
export function createRouter(services: Services) {
  const os = implementer(services.journal, services.audit)
  return os.router({
    sessions: sessionsRouter(os.sessions, services),
    turns: turnsRouter(os.turns, services),
    terminals: terminalsRouter(os.terminals, services),
    policy: policyRouter(os.policy, services),
    hosts: hostsRouter(os.hosts, services),
    secrets: secretsRouter(os.secrets, services),
    approvals: approvalsRouter(os.approvals, services),
    usage: usageRouter(os.usage, services),
    budgets: budgetsRouter(os.budgets, services),
    audit: auditRouter(os.audit, services),
    models: modelsRouter(os.models, services),
    providers: providersRouter(os.providers, services),
    media: mediaRouter(os.media, services),
    memory: memoryRouter(os.memory, services),
    knowledge: knowledgeRouter(os.knowledge, services),
    calendar: calendarRouter(os.calendar, services),
    sandbox: sandboxRouter(os.sandbox, services),
    vault: vaultRouter(os.vault, services),
    config: configRouter(os.config, services),
    folders: foldersRouter(os.folders),
    system: systemRouter(os.system, services),
  })
}

export type Router = ReturnType<typeof createRouter>
