import type { Mode, SafetyTier, SessionId } from '../contract/index.ts'

/** An effect an agent asks for, whichever tool, channel or protocol it comes through. */
export interface Call {
  sessionId: SessionId
  workspace: string
  mode: Mode
  tool: string
  tier: SafetyTier
  args: unknown
}

export type Decision = { effect: 'allow' | 'ask' | 'deny'; reason: string }

/** The one gate. Every effect passes it before it runs; the answer is recorded. */
export interface Gate {
  authorize(call: Call): Decision
}
