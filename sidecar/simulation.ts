import { setImmediate as breathe } from 'node:timers/promises'
import type { PlacedRule, PolicyRule, Role, Simulation } from './contract/index.ts'
import { type Clock, type Db, loadWorkspacePolicy, OxbowError } from './foundation/index.ts'
import { type Boxes, gateCall, type PastCall, pastCalls, type Toolbox } from './kernel/index.ts'
import type { Call, Gate, RuleFiles } from './policy/index.ts'

/** Calls that are judged anew at most, and those shown of which the answer differs. */
const MOST_CALLS = 2000
const MOST_SHOWN = 20
const DAY_MS = 86_400_000
/** Calls judged before others have their turn. */
const AT_ONCE = 50

export interface Change {
  add?: readonly PolicyRule[] | undefined
  /** Places of rules in this Oxbow's own file. */
  remove?: readonly number[] | undefined
  role?: Role | undefined
  days: number
}

export interface SimulationParts {
  db: Db
  clock: Clock
  gate: Gate
  rules: RuleFiles
  boxes: Boxes
  toolbox(): Promise<Toolbox>
}

/**
 * What a change of the rules or the role would have meant for the calls of the past days: each is judged by the rules as they are and as
 * they would be, with all else as it is now. Nothing runs, nothing is recorded.
 */
export async function simulate(
  { db, clock, gate, rules, boxes, ...parts }: SimulationParts,
  { add = [], remove = [], role, days }: Change,
): Promise<Simulation> {
  const own = rules.all(undefined).length
  const missing = remove.find((index) => index >= own)
  if (missing !== undefined)
    throw new OxbowError('NOT_FOUND', 'policy.noRule', `there is no rule ${missing} in ${rules.path}`, 'List them first.')
  const added = add.map((rule, at): PlacedRule => ({ rule: rules.inForm(rule), source: rules.path, index: own + at }))
  const changed = (workspace: string): PlacedRule[] => [
    ...rules.all(workspace).filter(({ source, index }) => source !== rules.path || !remove.includes(index)),
    ...added,
  ]
  const calls = pastCalls(db, new Date(Date.parse(clock.iso()) - days * DAY_MS).toISOString(), MOST_CALLS + 1)
  const more = calls.length > MOST_CALLS
  if (more) calls.pop()
  const toolbox = await parts.toolbox()
  const result: Simulation = { calls: 0, more, changed: 0, examples: [], unjudged: [] }
  const places = new Map<string, Judged>()
  for (const [at, call] of calls.entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await breathe()
    const place = places.get(call.workspace) ?? (await judgedBy(call.workspace, changed))
    places.set(call.workspace, place)
    if (!place.rules) {
      if (place.unjudged.calls++ === 0) result.unjudged.push(place.unjudged)
      continue
    }
    result.calls++
    const asked = await askedNow(call, toolbox, boxes)
    const before = await gate.explain(asked)
    const now = await gate.explain({ ...asked, role }, place.rules)
    if (before.effect === now.effect) continue
    result.changed++
    const { sessionId, title, tool } = call
    const example = { sessionId, at: call.at, tool, title, before: before.effect, after: now.effect, reason: now.reason }
    if (result.examples.length < MOST_SHOWN) result.examples.push(example)
  }
  return result
}

/** The rules of a workspace as they would be, or why its calls cannot be judged. */
type Judged = { rules: PlacedRule[] } | { rules?: undefined; unjudged: Simulation['unjudged'][number] }

/** A workspace's own files may be wrong by now: that is no reason to tell nothing of the others. */
async function judgedBy(workspace: string, rules: (workspace: string) => PlacedRule[]): Promise<Judged> {
  try {
    await loadWorkspacePolicy(workspace)
    return { rules: rules(workspace) }
  } catch (error) {
    return { unjudged: { workspace, calls: 0, reason: error instanceof Error ? error.message : String(error) } }
  }
}

/** A past call as the gate would judge it now; where its tool is gone, by what was noted of it. */
async function askedNow({ at: _, ...call }: PastCall, toolbox: Toolbox, boxes: Boxes): Promise<Call> {
  const prepared = toolbox.prepare(call.tool, call.args)
  return 'problem' in prepared ? { ...call, by: { space: call.space } } : gateCall(boxes, { ...call, taints: [] }, prepared, call)
}
