import type { AuditActor, AuditDecision, AuditKind } from '../../sidecar/contract/index.ts'

export const KINDS: Readonly<Record<AuditKind, string>> = {
  decision: 'Decision',
  approval: 'Approval',
  toolCall: 'Tool call',
  toolResult: 'Tool result',
  modelCall: 'Model call',
  sandbox: 'Sandbox',
  process: 'Process',
  secret: 'Secret',
  memory: 'Memory',
  config: 'Setting',
  policy: 'Rule',
  session: 'Session',
  turn: 'Turn',
  agent: 'Agent',
  job: 'Job',
  door: 'Sign-in',
}

export const DECISIONS: Readonly<Record<AuditDecision, string>> = { allow: 'Allowed', ask: 'Asked', deny: 'Denied' }

export const ACTORS: Readonly<Record<AuditActor, string>> = {
  agent: 'the agent',
  person: 'a person',
  oxbow: 'Oxbow',
  outsider: 'somebody outside',
}
