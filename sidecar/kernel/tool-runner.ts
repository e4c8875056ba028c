import type { Message, MessageId, SessionEvent, ToolPart } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { Tool, ToolOutcome } from '../tools/index.ts'
import { settledWithin } from './abortable.ts'
import type { TurnContext } from './turn-context.ts'

/** A tool that has not ended this long after a cancel is left behind, in milliseconds. The contract is 200 for the whole. */
const GRACE_MS = 120
/** Reading calls that run together. */
const MOST_TOGETHER = 8

const BEFORE_START: readonly ToolPart['status'][] = ['requested', 'waiting', 'allowed']

/**
 * Brings every call of a message from request to result. Calls that only read and stand next to each other run together,
 * others one by one. An aborted signal ends it early and leaves the rest as they are.
 */
export async function runTools(context: TurnContext, messageId: MessageId): Promise<void> {
  const pending = toolParts(context, messageId).filter((part) => BEFORE_START.includes(part.status))
  for (let at = 0; at < pending.length && !context.signal.aborted; ) {
    const rest = pending.slice(at, at + MOST_TOGETHER)
    const other = rest.findIndex((part) => !context.toolbox.isReadOnly(part))
    const together = other === -1 ? rest.length : Math.max(1, other)
    await Promise.all(rest.slice(0, together).map((part) => runCall(context, messageId, part)))
    at += together
  }
}

/** Every call of one message. */
export function toolParts({ log, sessionId }: Pick<TurnContext, 'log' | 'sessionId'>, messageId: MessageId): ToolPart[] {
  const message = log.view(sessionId).messages.findLast((m: Message) => m.id === messageId)
  return message?.parts.filter((part) => part.type === 'tool') ?? []
}

async function runCall(context: TurnContext, messageId: MessageId, part: ToolPart): Promise<void> {
  const { toolbox, log, sessionId, signal } = context
  const place = { messageId, partId: part.id }
  const prepared = toolbox.prepare(part.name, part.args)
  if ('problem' in prepared) {
    log.append(sessionId, [{ type: 'toolFinished', ...place, status: 'failed', output: prepared.problem }])
    return
  }
  const allowed = part.status === 'allowed' ? [] : await passGate(context, place, part, prepared.tool)
  if (!allowed || signal.aborted) return
  const effects = prepared.tool.tier !== 'read'
  log.append(sessionId, [...allowed, { type: 'toolStarted', ...place }], { durable: effects })
  const outcome = await runTool(context, place, prepared.tool, prepared.input, part.title)
  log.append(sessionId, [{ type: 'toolFinished', ...place, ...outcome }], { durable: effects })
}

type Place = Pick<Extract<SessionEvent, { type: 'toolStarted' }>, 'messageId' | 'partId'>

/** @returns events that go with the start of an allowed call; undefined when it must not run */
async function passGate(context: TurnContext, place: Place, part: ToolPart, tool: Tool): Promise<SessionEvent[] | undefined> {
  const { log, gate, approvals, lease, sandbox, ids, sessionId, turnId, signal } = context
  const { workspace, mode } = log.summary(sessionId)
  let approvalId = part.status === 'waiting' ? part.approvalId : undefined
  if (approvalId === undefined) {
    const readiness = tool.tier === 'exec' ? await sandbox.readiness() : { ready: true as const }
    const missing = readiness.ready ? undefined : readiness
    const call = {
      sessionId,
      turnId,
      workspace,
      mode,
      tool: tool.name,
      tier: tool.tier,
      title: part.title,
      args: part.args,
      missing,
    }
    const { effect, reason } = await gate.authorize(call)
    if (effect === 'allow') return [{ type: 'toolAllowed', ...place, reason }]
    if (effect === 'deny') {
      log.append(sessionId, [{ type: 'toolDenied', ...place, reason }])
      return undefined
    }
    approvalId = ids.approval()
    log.append(sessionId, [{ type: 'approvalAsked', ...place, approvalId, reason }])
  }
  // A turn that waits for a person holds no slot.
  lease.letGo()
  const answer = await approvals.wait(approvalId, signal)
  const held = await lease.hold(signal)
  return answer === true && held ? [] : undefined
}

async function runTool(
  { log, boxes, spool, audit, sessionId, turnId, signal }: TurnContext,
  place: Place,
  tool: Tool,
  input: unknown,
  title: string,
): Promise<Omit<Extract<SessionEvent, { type: 'toolFinished' }>, 'type' | 'messageId' | 'partId'>> {
  const timeout = AbortSignal.timeout(tool.timeoutMs)
  const both = AbortSignal.any([signal, timeout])
  let offset = 0
  const onOutput = (text: string): void => {
    log.delta(sessionId, { kind: 'tool', ...place, offset, text })
    offset += text.length
  }
  const work = async (): Promise<ToolOutcome> => {
    const box = await boxes.get(sessionId, log.summary(sessionId).workspace)
    return tool.run(input, { sessionId, box, signal: both, spool, onOutput })
  }
  let outcome: ToolOutcome | undefined
  try {
    outcome = await settledWithin(work(), both, GRACE_MS)
  } catch (error) {
    outcome = { text: errorText(error), isError: true }
    if (isRefusal(error)) {
      const about = { session: sessionId, turn: turnId, tool: tool.name, tier: tool.tier, title }
      audit.record({
        kind: 'sandbox',
        actor: 'oxbow',
        ...about,
        decision: 'deny',
        reason: error.message,
        data: { code: error.code },
      })
    }
  }
  if (signal.aborted) return { status: signal.reason === 'stop' ? 'interrupted' : 'cancelled', output: outcome?.text ?? '' }
  if (!outcome) return { status: 'failed', output: `${tool.name} did not end within ${tool.timeoutMs / 1000} s and was stopped.` }
  const { text, isError, spool: spooled, diff } = outcome
  return { status: isError ? 'failed' : 'done', output: text, ...(spooled && { spool: spooled }), ...(diff && { diff }) }
}

/** Whether the sandbox would not let a call do what it asked for. */
const isRefusal = (error: unknown): error is OxbowError =>
  error instanceof OxbowError && (error.kind === 'FORBIDDEN' || error.code.startsWith('sandbox.'))

function errorText(error: unknown): string {
  if (error instanceof OxbowError) return error.hint === undefined ? error.message : `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}
