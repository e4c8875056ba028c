import { hash } from 'node:crypto'
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
  'audit.seal': { kind: 'config', title: 'Sealing of the record asked for' },
  'memory.setEmbedder': { kind: 'config', title: 'Embedder of memory chosen' },
  'system.link': { kind: 'door', title: 'One-time link made' },
  'system.stop': { kind: 'door', title: 'Oxbow told to stop' },
}

/** Procedures that change what is remembered. Only ids and a digest are recorded: what was forgotten must not stay here. */
const MEMORY: Readonly<Record<string, string>> = {
  'memory.save': 'Memory saved',
  'memory.update': 'Memory corrected',
  'memory.forget': 'Memories forgotten',
  'memory.merge': 'Memories merged',
  'memory.answer': 'Question about a memory answered',
  'memory.import': 'Memories brought in',
}

/** The most ids that one entry names. */
const MOST_IDS = 20

/** @param answer what the procedure gave back: the memory, or what became of several */
function memoryEvent(title: string, input: unknown, answer: unknown): AuditEvent {
  const { id: given, ids } = (input ?? {}) as { id?: unknown; ids?: unknown }
  const { id = given, memory, text, forgotten } = (answer ?? {}) as Record<string, unknown>
  const made = (memory as { id?: unknown } | undefined)?.id
  const named = [made ?? id ?? ids].flat().filter((one): one is string => typeof one === 'string')
  const count = typeof forgotten === 'number' ? forgotten : named.length
  return {
    kind: 'memory',
    actor: 'person',
    title: count > 1 ? `${title}: ${count}` : title,
    data: {
      ...(named.length > 0 && { ids: named.slice(0, MOST_IDS).join(' ') }),
      ...(named.length > MOST_IDS && { more: named.length - MOST_IDS }),
      ...(typeof text === 'string' && { sha256: hash('sha256', text, 'base64url') }),
    },
  }
}

/** The entry of a procedure that was carried out; undefined for those that change nothing of this kind. */
export function procedureEvent(path: readonly string[], input: unknown, answer: unknown): AuditEvent | undefined {
  const remembered = MEMORY[path.join('.')]
  const looked = (input as { dryRun?: boolean } | undefined)?.dryRun === true
  if (remembered !== undefined) return looked ? undefined : memoryEvent(remembered, input, answer)
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
