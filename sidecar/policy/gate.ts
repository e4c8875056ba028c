import type { DecisionLog } from '../audit/index.ts'
import type { Mode, SafetyTier, SessionId } from '../contract/index.ts'
import { type Judgement, judgeCommand } from './commands/judge.ts'
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
  /** The person's home folder, which commands name `~`. */
  personHome: string
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

function commandIn(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || !('command' in args)) return undefined
  return typeof args.command === 'string' ? args.command : undefined
}

function troubleOf({ dangers, unclear }: Judgement): string | undefined {
  if (dangers.length > 0) return dangers.join(' ')
  return unclear && `It cannot be told what it does: ${unclear}.`
}

function runs({ programs }: Judgement): string {
  const names = [...new Set(programs)]
  if (names.length === 0) return 'it runs a command'
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names
  return `it runs ${shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0]}`
}

export function createGate({ grants, decisions, limit, personHome }: GateOptions): Gate {
  const decide = async (call: Call): Promise<Decision> => {
    if (call.missing) return { effect: 'deny', reason: `${call.missing.reason} To mend it: ${call.missing.mend}` }
    if (call.tier === 'read') return { effect: 'allow', reason: 'reading in the workspace' }
    const mode = await modeOf(call)
    if (typeof mode === 'object') return mode
    const judgement = await judged(call)
    const trouble = judgement && troubleOf(judgement)
    // What is dangerous, or cannot be read, is asked in every mode.
    if (UNASKED[mode].includes(call.tier) && !trouble) return { effect: 'allow', reason: `mode ${mode}` }
    const grant = grants.find(call.sessionId, call.workspace, call.tier, grantSubject(call.tier, call.args))
    if (grant)
      return { effect: 'allow', reason: grant === 'session' ? 'allowed for this session' : 'always allowed in this workspace' }
    if (call.tier === 'write') return { effect: 'ask', reason: 'it changes files' }
    return { effect: 'ask', reason: trouble ?? (judgement ? runs(judgement) : 'it runs a command') }
  }
  const judged = async ({ tier, args, workspace }: Call): Promise<Judgement | undefined> => {
    const command = tier === 'exec' ? commandIn(args) : undefined
    if (command === undefined) return undefined
    try {
      return await judgeCommand(command, { workspace, home: personHome })
    } catch (error) {
      return { programs: [], dangers: [], unclear: `commands cannot be read: ${error instanceof Error ? error.message : error}` }
    }
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
