import type { DecisionLog } from '../audit/index.ts'
import type { Mode, SafetyTier, SessionId } from '../contract/index.ts'
import type { Grants } from './grants.ts'
import { grantSubject } from './subject.ts'

/** An effect an agent asks for, whichever tool, channel or protocol it comes through. */
export interface Call {
  sessionId: SessionId
  workspace: string
  mode: Mode
  tool: string
  tier: SafetyTier
  title: string
  args: unknown
  /** Why the isolation the call needs is missing, and what mends it; absent where it is there or not needed. */
  missing?: { reason: string; mend: string } | undefined
}

export type Decision = { effect: 'allow' | 'ask' | 'deny'; reason: string }

/** The one gate. Every effect passes it before it runs; the answer is recorded. */
export interface Gate {
  authorize(call: Call): Promise<Decision>
}

export interface GateOptions {
  grants: Grants
  decisions: DecisionLog
  /** The loosest mode that a workspace's own config allows; it may only tighten. @throws when that config is wrong */
  limit(workspace: string): Promise<Mode | undefined>
}

/** Modes from strict to loose. */
const MODES: readonly Mode[] = ['ask', 'auto-edit', 'auto']

/** The tiers that a mode lets through unasked. */
const UNASKED: Record<Mode, readonly SafetyTier[]> = {
  ask: ['read'],
  'auto-edit': ['read', 'write'],
  auto: ['read', 'write', 'exec'],
}

export const stricter = (a: Mode, b: Mode): Mode => (MODES.indexOf(a) < MODES.indexOf(b) ? a : b)

export function createGate({ grants, decisions, limit }: GateOptions): Gate {
  const decide = async (call: Call): Promise<Decision> => {
    if (call.missing) return { effect: 'deny', reason: `${call.missing.reason} To mend it: ${call.missing.mend}` }
    if (call.tier === 'read') return { effect: 'allow', reason: 'reading in the workspace' }
    const mode = await modeOf(call)
    if (typeof mode === 'object') return mode
    if (UNASKED[mode].includes(call.tier)) return { effect: 'allow', reason: `mode ${mode}` }
    const grant = grants.find(call.sessionId, call.workspace, call.tier, grantSubject(call.tier, call.args))
    if (grant)
      return { effect: 'allow', reason: grant === 'session' ? 'allowed for this session' : 'always allowed in this workspace' }
    return { effect: 'ask', reason: call.tier === 'write' ? 'it changes files' : 'it runs a command' }
  }
  /** A policy that cannot be read denies: it might have forbidden the call. */
  const modeOf = async ({ mode, workspace }: Call): Promise<Mode | Decision> => {
    try {
      const most = await limit(workspace)
      return most === undefined ? mode : stricter(mode, most)
    } catch (error) {
      return {
        effect: 'deny',
        reason: `the workspace's policy cannot be read: ${error instanceof Error ? error.message : error}`,
      }
    }
  }
  return {
    async authorize(call) {
      const decision = await decide(call)
      decisions.record({ sessionId: call.sessionId, tool: call.tool, tier: call.tier, title: call.title, ...decision })
      return decision
    },
  }
}
