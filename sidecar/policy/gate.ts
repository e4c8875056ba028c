import type { Audit } from '../audit/index.ts'
import type { Mode, PlacedRule, SafetyTier, SessionId, TurnId } from '../contract/index.ts'
import { type Judgement, judgeCommand } from './commands/judge.ts'
import { commandIn, runs, troubleOf } from './commands/words-of.ts'
import type { Grants } from './grants.ts'
import type { RuleFiles } from './rule-file.ts'
import { judgeByRules, pathIn, type Ruling } from './rules.ts'
import { grantSubject } from './subject.ts'

/** An effect an agent asks for, whichever tool, channel or protocol it comes through. */
export interface Call {
  sessionId: SessionId
  turnId?: TurnId | undefined
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

/** A decision with what it rests on. */
export interface Explained extends Decision {
  rule?: PlacedRule
  /** Programs a command would start. */
  programs?: string[]
}

/** The one gate. Every effect passes it before it runs; the answer is recorded. */
export interface Gate {
  authorize(call: Call): Promise<Decision>
  /** What the answer would be. Nothing is recorded. */
  explain(call: Call): Promise<Explained>
}

export interface GateOptions {
  grants: Grants
  audit: Audit
  rules: Pick<RuleFiles, 'all'>
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

export function createGate({ grants, audit, rules, limit, personHome }: GateOptions): Gate {
  const explain = async (call: Call): Promise<Explained> => {
    if (call.missing) return { effect: 'deny', reason: `${call.missing.reason} To mend it: ${call.missing.mend}` }
    const judgement = await judged(call)
    return { ...(await decide(call, judgement)), ...(judgement && { programs: judgement.programs }) }
  }
  const decide = async (call: Call, judgement: Judgement | undefined): Promise<Explained> => {
    const ruling = rulingOn(call, judgement)
    if (ruling && 'reason' in ruling) return ruling
    const byRule = ruling && { effect: ruling.effect, reason: inWords(ruling), rule: ruling.placed }
    if (byRule?.effect === 'deny') return byRule
    if (!byRule && call.tier === 'read') return { effect: 'allow', reason: 'reading in the workspace' }
    const mode = await modeOf(call)
    if (typeof mode === 'object' && call.tier !== 'read') return mode
    const trouble = judgement && troubleOf(judgement)
    // What is dangerous, or cannot be read, is asked in every mode and whatever a rule allows.
    if (!trouble) {
      if (byRule?.effect === 'allow') return byRule
      if (!byRule && typeof mode === 'string' && UNASKED[mode].includes(call.tier))
        return { effect: 'allow', reason: `mode ${mode}` }
    }
    const grant = grants.find(call.sessionId, call.workspace, call.tier, grantSubject(call.tier, call.args))
    if (grant)
      return { effect: 'allow', reason: grant === 'session' ? 'allowed for this session' : 'always allowed in this workspace' }
    if (byRule?.effect === 'ask') return trouble ? { ...byRule, reason: `${trouble} (${byRule.reason})` } : byRule
    if (call.tier === 'write') return { effect: 'ask', reason: 'it changes files' }
    return { effect: 'ask', reason: trouble ?? (judgement ? runs(judgement) : 'it runs a command') }
  }
  /** Rules that cannot be read deny all but reading: one might have forbidden the call. */
  const rulingOn = ({ tool, tier, args, workspace }: Call, judgement: Judgement | undefined): Ruling | Decision | undefined => {
    try {
      const facts = { tool, workspace, programs: judgement?.programs, path: pathIn(args, workspace) }
      return judgeByRules(rules.all(workspace), facts)
    } catch (error) {
      if (tier === 'read') return undefined
      return { effect: 'deny', reason: `the rules cannot be read: ${error instanceof Error ? error.message : error}` }
    }
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
    explain,
    async authorize(call) {
      const { effect, reason } = await explain(call)
      const decision = { effect, reason }
      const { sessionId: session, turnId: turn, tool, tier, title, args: content } = call
      audit.record({
        kind: 'decision',
        actor: 'oxbow',
        session,
        ...(turn && { turn }),
        tool,
        tier,
        title,
        decision: effect,
        reason,
        content,
      })
      return decision
    },
  }
}

function inWords({ effect, placed: { rule, source, index } }: Ruling): string {
  const verb = { allow: 'allows it', ask: 'asks for it', deny: 'forbids it' }[effect]
  return rule.reason ?? `rule ${index} of ${source} ${verb}`
}
