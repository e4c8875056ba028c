import type { Mode, SessionId, TaintMark, TurnId } from '../contract/index.ts'
import type { Call } from '../policy/index.ts'
import type { Boxes } from './boxes.ts'
import type { Made } from './toolbox.ts'

/** Who asks for a call, and where. */
export interface Caller {
  /** Absent: nobody's, as when a person asks what the gate would say. */
  sessionId?: SessionId | undefined
  turnId?: TurnId | undefined
  /** The session's. */
  space?: string | undefined
  workspace: string
  mode: Mode
  taints: readonly TaintMark[]
}

/** Asks of no session: what was allowed for one does not count. */
const NOBODY = 'ses_00000000-0000-7000-8000-000000000000' as SessionId

/** A call as the gate judges it, in the isolation that it would run in now. */
export async function gateCall(
  boxes: Pick<Boxes, 'readiness'>,
  { sessionId, turnId, space, workspace, mode, taints }: Caller,
  { tool, input }: Made,
  { title, args }: { title: string; args: unknown },
): Promise<Call> {
  const { name, tier, outward } = tool
  const readiness = tier === 'exec' ? await boxes.readiness(sessionId, workspace) : undefined
  const host = readiness?.tier === 'host'
  return {
    sessionId: sessionId ?? NOBODY,
    turnId,
    by: { space },
    workspace,
    // Mode auto is for commands in isolation; without any, each is asked.
    mode: host && mode === 'auto' ? 'auto-edit' : mode,
    tool: name,
    tier,
    title,
    args,
    missing: !readiness || readiness.ready ? undefined : readiness,
    outward: host || outward,
    changes: tool.changes?.(input),
    unclear: sessionId && tool.unclear?.(input, { sessionId }),
    taints,
  }
}
