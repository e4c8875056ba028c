import type { AuditEvent } from '../../audit/index.ts'

type Recorded = Pick<AuditEvent, 'kind' | 'title'>

/** Procedures that change how Oxbow is set up or what is allowed. What they were given is recorded, without its secrets. */
const PROCEDURES: Readonly<Record<string, Recorded>> = {
  'config.set': { kind: 'config', title: 'Setting changed' },
  'models.setDefault': { kind: 'config', title: 'Default model chosen' },
  'models.refresh': { kind: 'config', title: 'Model catalogue fetched' },
  'providers.add': { kind: 'config', title: 'Provider added or changed' },
  'providers.remove': { kind: 'config', title: 'Provider removed' },
  'policy.add': { kind: 'policy', title: 'Rule added' },
  'policy.remove': { kind: 'policy', title: 'Rule removed' },
  'policy.trustFile': { kind: 'policy', title: 'Labels of a file cleared' },
  'hosts.allow': { kind: 'policy', title: 'Host allowed' },
  'hosts.remove': { kind: 'policy', title: 'Host no longer allowed' },
  'secrets.set': { kind: 'secret', title: 'Secret kept or changed' },
  'secrets.remove': { kind: 'secret', title: 'Secret forgotten' },
  'approvals.revoke': { kind: 'policy', title: 'Standing yes taken back' },
  'budgets.set': { kind: 'policy', title: 'Budget set' },
  'budgets.reset': { kind: 'policy', title: 'Budget counted from zero' },
  'budgets.remove': { kind: 'policy', title: 'Budget removed' },
  'sandbox.build': { kind: 'config', title: 'Sandbox built' },
  'vault.copy': { kind: 'config', title: 'Copied out of the vault' },
  'memory.undo': { kind: 'config', title: 'Dream taken back' },
  'system.link': { kind: 'door', title: 'One-time link made' },
  'system.stop': { kind: 'door', title: 'Oxbow told to stop' },
}

/** The entry of a procedure that was carried out; undefined for those that change nothing of this kind. */
export function procedureEvent(path: readonly string[], input: unknown): AuditEvent | undefined {
  const known = PROCEDURES[path.join('.')]
  if (!known) return undefined
  const about = subject(input)
  return {
    ...known,
    actor: 'person',
    title: about === undefined ? known.title : `${known.title}: ${about}`,
    ...(input !== undefined && { content: hideKey(input) }),
  }
}

/** What a procedure was about, in a word. */
function subject(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { key, value, id, model, host, name: called, period, unit } = input as Record<string, unknown>
  if (period !== undefined && unit !== undefined) return `${period}.${unit}`
  // The key of a setting is its name; that of a provider is a secret.
  const name = (value === undefined ? undefined : key) ?? id ?? model ?? host ?? called
  return typeof name === 'string' || typeof name === 'number' ? String(name) : undefined
}

/** The value of a setting or secret, and the key of a provider, are secrets by the name of something else. */
function hideKey(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input
  const { key, value, ...rest } = input as Record<string, unknown>
  const secret = typeof key !== 'string' || /key|secret|token|password|header/i.test(key)
  return {
    ...rest,
    ...(key !== undefined && { key: value === undefined ? '[secret]' : key }),
    ...(value !== undefined && { value: secret ? '[secret]' : value }),
  }
}
