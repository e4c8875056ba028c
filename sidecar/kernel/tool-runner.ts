import {
  type ApprovalId,
  type CallPlan,
  MAIN_SPACE,
  type Message,
  type MessageId,
  onOneLine,
  type SessionEvent,
  type TaintMark,
  type ToolPart,
  type Widening,
} from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { Call, Explained } from '../policy/index.ts'
import { type Box, widened } from '../sandbox/index.ts'
import type { Tool, ToolOutcome } from '../tools/index.ts'
import { settledWithin } from './abortable.ts'
import { closedIn, withClosed } from './closed-files.ts'
import { gateCall } from './gate-call.ts'
import { hostQuestion } from './host-question.ts'
import { previewOf } from './preview.ts'
import { refusedFile } from './refused-file.ts'
import { pathOf, taintEvents } from './taint.ts'
import type { Made } from './toolbox.ts'
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
  // Calls that the gate may take a while over are shown before; those that only read are written with their start.
  if (!pending.every(onlyReads)) context.log.flush(context.sessionId)
  for (let at = 0; at < pending.length && !context.signal.aborted; ) {
    const rest = pending.slice(at, at + MOST_TOGETHER)
    const other = rest.findIndex((part) => !onlyReads(part))
    const together = other === -1 ? rest.length : Math.max(1, other)
    await Promise.all(rest.slice(0, together).map((part) => runCall(context, messageId, part)))
    at += together
  }
}

const onlyReads = ({ tier }: ToolPart): boolean => tier === 'read'

/** Every call of one message, those included whose request is still to be written. */
export function toolParts({ log, sessionId }: Pick<TurnContext, 'log' | 'sessionId'>, messageId: MessageId): ToolPart[] {
  const message = log.ahead(sessionId).messages.findLast((m: Message) => m.id === messageId)
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
  const passed = await passGate(context, place, part, prepared)
  if (!passed || signal.aborted) return
  // What only reads need not wait for the disk: it is written while the files are.
  const effects = prepared.tool.tier !== 'read'
  const started: SessionEvent[] = [...passed.events, { type: 'toolStarted', ...place }]
  if (effects) log.append(sessionId, started, { durable: true })
  else log.hold(sessionId, started)
  const ready = { ...prepared, brings: passed.brings }
  if (part.hosts) {
    finish(context, place, effects, await runTool(context, place, part, { ...ready, lent: part.hosts }))
    return
  }
  const { taints = [] } = log.ahead(sessionId)
  if (goesOut(part.name)) await context.refusedHosts.take(sessionId)
  let asked = part
  let ran = await runTool(context, place, asked, ready)
  if (ran.beyond !== undefined) {
    // A command has run: its result stands until it runs again.
    if (prepared.tool.tier === 'exec') finish(context, place, effects, ran)
    if (signal.aborted) return
    const wider = await askBeyond(context, place, part, prepared, ran.beyond)
    if (!wider) return
    asked = { ...part, widen: wider }
    ran = await runTool(context, place, asked, ready)
  }
  finish(context, place, effects, ran)
  if (!goesOut(part.name) || signal.aborted) return
  const hosts = await askForHosts(context, place, part, { ...prepared, taints }, ran.result)
  if (hosts) finish(context, place, effects, await runTool(context, place, asked, { ...ready, lent: hosts }))
}

/** Tools that a host can be refused to while they run. */
const goesOut = (tool: string): boolean => tool === 'exec' || tool === 'web_fetch'

/** The labels are written with the result: no model is shown the one without the other counting. */
function finish({ log, sessionId }: TurnContext, place: Place, durable: boolean, { result, marks }: Run): void {
  const tainted = taintEvents(log.ahead(sessionId), marks)
  const finished: SessionEvent[] = [...tainted, { type: 'toolFinished', ...place, ...result }]
  if (durable || tainted.length > 0) log.append(sessionId, finished, { durable: true })
  else log.hold(sessionId, finished)
}

/**
 * A call that has ended was not let out to hosts: asks a person for them. Its result stands until it has run again.
 * @returns the hosts; undefined when it must not run again
 */
async function askForHosts(
  context: TurnContext,
  place: Place,
  part: ToolPart,
  { taints, ...made }: Made & { taints: readonly TaintMark[] },
  { status, output }: Result,
): Promise<readonly string[] | undefined> {
  const { log, ids, approvals, sessionId } = context
  if (status !== 'done' && status !== 'failed') return undefined
  const printed = { text: output, isError: status === 'failed' }
  const call = { ...(await callOf(context, part, made)), taints }
  const question = await hostQuestion(context, call, printed, log.ahead(sessionId).taints ?? [])
  if (!question) return undefined
  const { reason, hosts, explained } = question
  const approvalId = ids.approval()
  const expiresAt = approvals.expiresAt(sessionId)
  const plan = { ...planOf(explained), hosts, ...(expiresAt && { expiresAt }) }
  log.append(sessionId, [{ type: 'approvalAsked', ...place, approvalId, reason, ...plan }])
  if (!(await answered(context, approvalId))) return undefined
  log.append(sessionId, [{ type: 'toolStarted', ...place }], { durable: true })
  return hosts
}

type Place = Pick<Extract<SessionEvent, { type: 'toolStarted' }>, 'messageId' | 'partId'>

interface Passed {
  /** They go with the start of the call. */
  events: SessionEvent[]
  /** Labels that the conversation has once the call has run. */
  brings: readonly TaintMark[]
}

/** @returns undefined when it must not run */
async function passGate(context: TurnContext, place: Place, part: ToolPart, made: Made): Promise<Passed | undefined> {
  const { log, gate, ids, approvals, writes, sessionId } = context
  await writes.look()
  // It was asked before a restart: nothing may come between this and the wait for the answer.
  if (part.status === 'waiting' && part.approvalId !== undefined && !(await answered(context, part.approvalId))) return undefined
  const call = await callOf(context, part, made)
  // What a person answered is not decided anew; only what it brings is looked up.
  if (part.status !== 'requested') return { events: [], brings: (await gate.explain(call)).brings ?? [] }
  const decision = await gate.authorize(call)
  const { effect, reason, brings = [] } = decision
  if (effect === 'allow') return { events: [{ type: 'toolAllowed', ...place, reason }], brings }
  if (effect === 'deny') {
    log.append(sessionId, [{ type: 'toolDenied', ...place, reason }])
    return undefined
  }
  const approvalId = ids.approval()
  const expiresAt = approvals.expiresAt(sessionId)
  const { changes } = call
  const diff = await previewOf(context, part)
  const plan = { ...planOf(decision), ...(changes && { changes }), ...(expiresAt && { expiresAt }), ...(diff && { diff }) }
  log.append(sessionId, [{ type: 'approvalAsked', ...place, approvalId, reason, ...plan }])
  return (await answered(context, approvalId)) ? { events: [], brings } : undefined
}

/** Waits for a person, holding no slot meanwhile. @returns whether the call may go on */
async function answered({ log, sessionId, approvals, lease, signal }: TurnContext, approvalId: ApprovalId): Promise<boolean> {
  lease.letGo()
  const { approvals: open } = log.view(sessionId)
  const answer = await approvals.wait(approvalId, signal, open.find(({ id }) => id === approvalId)?.expiresAt)
  const held = await lease.hold(signal)
  return answer === true && held
}

/**
 * A file outside of the workspace was refused: asks a person for it, and for it alone.
 * @returns undefined when it must not run again
 */
async function askBeyond(
  context: TurnContext,
  place: Place,
  part: ToolPart,
  made: Made,
  widen: Widening,
): Promise<Widening | undefined> {
  const { log, gate, ids, approvals, sessionId } = context
  const { tool } = made
  const call = await callOf(context, part, made)
  const { reach, taints } = await gate.explain(call)
  const known = taints ?? withUntrusted(call.taints, broughtBy(widen, tool))
  const approvalId = ids.approval()
  const expiresAt = approvals.expiresAt(sessionId)
  const diff = await previewOf(context, part, widen)
  const plan = {
    ...planOf({ effect: 'ask', reason: '', ...(reach && { reach }), ...(known.length > 0 && { taints: known }) }),
    onceOnly: true,
    widen,
    ...(diff && { diff }),
  }
  const asked = { ...place, approvalId, reason: reasonBeyond(widen, tool.tier), ...plan }
  log.append(sessionId, [{ type: 'approvalAsked', ...asked, ...(expiresAt && { expiresAt }) }])
  if (!(await answered(context, approvalId))) return undefined
  log.append(sessionId, [{ type: 'toolStarted', ...place }], { durable: tool.tier !== 'read' })
  return widen
}

/** What strangers' words are in the conversation, with what a yes would bring to them. */
function withUntrusted(taints: readonly TaintMark[] = [], brought: readonly TaintMark[]): TaintMark[] {
  const untrusted = taints.filter(({ label }) => label === 'untrusted')
  return untrusted.length > 0 ? [...untrusted, ...brought] : []
}

function reasonBeyond({ path: asked, use }: Widening, tier: Tool['tier']): string {
  const path = onOneLine(asked)
  if (tier === 'read') return `${path} is outside of the workspace`
  const what = use === 'write' ? 'may not be changed from here' : 'may not be read from here'
  const again = tier === 'exec' ? '; with a yes the command runs again. What it did already, it does again.' : ''
  return `${path} is outside of the workspace and ${what}${again}`
}

/** The call as the gate judges it. */
async function callOf(context: TurnContext, part: ToolPart, made: Made): Promise<Call> {
  const { log, boxes, sessionId, turnId } = context
  const { summary, taints = [] } = log.ahead(sessionId)
  const { workspace, mode, space = MAIN_SPACE } = summary
  return gateCall(boxes, { sessionId, turnId, space, workspace, mode, taints }, made, part)
}

/** What a person is shown of a call before they answer. */
function planOf({ reach, taints, rules }: Explained): CallPlan {
  return {
    ...(reach && { reach }),
    ...(taints && {
      taints: taints.slice(0, 20).map(({ label, source, reason }) => ({ label, source, reason })),
      onceOnly: true,
    }),
    ...(rules && rules.length > 0 && { rules }),
  }
}

interface Ready extends Made {
  brings: readonly TaintMark[]
  /** Hosts that a person allowed, for this run at least. */
  lent?: readonly string[] | undefined
}

interface Run {
  result: Result
  marks: readonly TaintMark[]
  /** A file outside that a person may be asked for. */
  beyond?: Widening
}

type Result = Omit<Extract<SessionEvent, { type: 'toolFinished' }>, 'type' | 'messageId' | 'partId'>

async function runTool(context: TurnContext, place: Place, part: ToolPart, { tool, input, brings, lent }: Ready): Promise<Run> {
  const { log, boxes, beyond, spool, audit, taint, sessionId, turnId, signal } = context
  const { title, args, widen } = part
  const timeout = AbortSignal.timeout(tool.timeoutMs)
  const both = AbortSignal.any([signal, timeout])
  const { taints = [] } = log.ahead(sessionId)
  const labels = [...new Set([...taints, ...brings].map(({ label }) => label))]
  const startedMs = Date.now()
  let offset = 0
  const onOutput = (text: string): void => {
    log.delta(sessionId, { kind: 'tool', ...place, offset, text })
    offset += text.length
  }
  const opened = async (): Promise<Box> => {
    const box = await boxes.get(sessionId, log.summary(sessionId).workspace)
    return widen ? widened(box, widen, beyond) : box
  }
  const closing = readsFiles(tool) ? context.gate.closing(await callOf(context, part, { tool, input })) : undefined
  const work = async (): Promise<ToolOutcome> => {
    const space = log.summary(sessionId).space ?? MAIN_SPACE
    const box = await opened()
    const common = { sessionId, space, signal: both, spool, labels, lent, onOutput }
    if (!closing) return tool.run(input, { ...common, box })
    const closed = closedIn(box, closing)
    return tool.run(input, { ...common, box: withClosed(box, closed), closed: (place) => closed(place) !== undefined })
  }
  let outcome: ToolOutcome | undefined
  let outside: Widening | undefined
  try {
    outcome = await settledWithin(work(), both, GRACE_MS)
    if (!widen && outcome?.isError && tool.name === 'exec') {
      const { writes = [] } = await context.gate.explain(await callOf(context, part, { tool, input }))
      outside = await refusedFile({ output: outcome.text, writes }, await opened(), beyond)
    }
  } catch (error) {
    outcome = { text: errorText(error), isError: true }
    const path = pathOf(args)
    const use = tool.tier === 'read' || tool.tier === 'write' ? tool.tier : undefined
    if (!widen && use && path !== undefined && error instanceof OxbowError && error.code === 'path.outside') {
      const found = await beyond.find(path, log.summary(sessionId).workspace, use)
      if (found !== undefined) outside = { path: found, use }
    }
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
  const box = await opened().catch(() => undefined)
  const ran = { sessionId, tool, title, args, startedMs, outcome, brings: [...brings, ...broughtBy(widen, tool)], taints }
  await context.writes.look()
  const marks = box ? await taint.after({ ...ran, box }) : ran.brings
  return { result: resultOf(tool, outcome, signal), marks, ...(outside !== undefined && { beyond: outside }) }
}

/** Tools that use files by themselves; what a command reads, rules on paths do not know. */
const readsFiles = ({ tier }: Tool): boolean => tier === 'read' || tier === 'write'

/** A file outside that a command could use is the person's own, whether the command names it or not. */
const broughtBy = (widen: Widening | undefined, { tier }: Tool): TaintMark[] =>
  widen && tier === 'exec' ? [{ label: 'private', source: widen.path, reason: 'it is a file outside the workspace' }] : []

function resultOf({ name, timeoutMs }: Tool, outcome: ToolOutcome | undefined, signal: AbortSignal): Result {
  if (signal.aborted) return { status: signal.reason === 'stop' ? 'interrupted' : 'cancelled', output: outcome?.text ?? '' }
  if (!outcome) return { status: 'failed', output: `${name} did not end within ${timeoutMs / 1000} s and was stopped.` }
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
