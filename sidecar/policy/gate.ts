import { realpathSync } from 'node:fs'
import { normalize } from 'node:path'
import type { Audit } from '../audit/index.ts'
import {
  labelsMeet,
  type Mode,
  type PlacedRule,
  type PolicyRule,
  type Reach,
  type Role,
  type SafetyTier,
  type SessionId,
  type TaintMark,
  type TurnId,
} from '../contract/index.ts'
import { type Judgement, judgeCommand } from './commands/judge.ts'
import { commandIn, runs, troubleOf } from './commands/words-of.ts'
import type { Grants } from './grants.ts'
import { placeIn } from './place.ts'
import { hostsOf, reachOf, rulesFor } from './plan.ts'
import { BUNDLES } from './roles.ts'
import type { RuleFiles } from './rule-file.ts'
import { judgeByRules, pathIn, type Ruling, type Subject } from './rules.ts'
import { grantSubject } from './subject.ts'
import { meeting } from './taint-words.ts'
import { fetches, type Toucher, touched } from './touched.ts'

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
  /** Whether it can carry data out of this computer, or act outside of it. Default: what fetches, and commands whose box has a network. */
  outward?: boolean | undefined
  /** What clings to the conversation. */
  taints?: readonly TaintMark[] | undefined
  /** Who asks, beyond the session. */
  by?: Omit<Subject, 'session'> | undefined
  /** The MCP server whose tool it is. */
  server?: string | undefined
  /** What it costs, in micro-dollars. */
  amount?: number | undefined
  /** What the agent may do at most; that of the settings where it has none. */
  role?: Role | undefined
  /** Why the isolation the call needs is missing, and what mends it; absent where it is there or not needed. */
  missing?: { reason: string; mend: string } | undefined
}

export interface Decision {
  effect: 'allow' | 'ask' | 'deny'
  reason: string
}

/** A decision with what it rests on. */
export interface Explained extends Decision {
  rule?: PlacedRule
  /** Programs a command would start. */
  programs?: string[]
  reach?: Reach
  /** Labels that are why it is asked or denied: no mode, rule or grant counts beside them. */
  taints?: TaintMark[]
  /** Labels that the conversation has once the call has run. */
  brings?: TaintMark[]
  /** The rules that "always" would add. */
  rules?: PolicyRule[]
}

/** The one gate. Every effect passes it before it runs; the answer is recorded. */
export interface Gate {
  authorize(call: Call): Promise<Explained>
  /** What the answer would be. Nothing is recorded. @param rules instead of those that hold */
  explain(call: Call, rules?: readonly PlacedRule[]): Promise<Explained>
}

export interface GateOptions {
  grants: Grants
  audit: Audit
  rules: Pick<RuleFiles, 'all'>
  /** The person's home folder, which commands name `~`. */
  personHome: string
  /** The loosest mode that a workspace's own config allows; it may only tighten. @throws when that config is wrong */
  limit(workspace: string): Promise<Mode | undefined>
  /** What is private, and what was written from outside. Absent: only what the call brings along. */
  touches?: Toucher
  /** Whether the box of a workspace has a network. Default: it has. */
  online?(workspace: string): boolean
  /** Whether a person lets agents reach the host that a call of the tier `net` names. Default: no. */
  knownHost?(call: Call): Promise<boolean>
  /** What is answered where untrusted and private meet. Default: it is asked. */
  whenTainted?(): 'ask' | 'deny'
  /** The role of agents that have none of their own. Default: operator. */
  role?(): Role
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

/** Command lines whose reading is kept. */
const MOST_READ = 100

/** What was found out about a call before it is decided. */
interface Findings {
  judgement: Judgement | undefined
  hosts: string[]
  outward: boolean
  /** Labels of what it names. */
  marks: TaintMark[]
  rules: readonly PlacedRule[] | undefined
}

export function createGate(options: GateOptions): Gate {
  const { grants, audit, rules, limit, personHome, touches, online = () => true } = options
  /** Command lines read lately: a call is judged when it is asked for, explained, and again when it has been answered. */
  const read = new Map<string, Judgement>()
  const { whenTainted = () => 'ask', role = () => 'operator', knownHost = async () => false } = options

  const explain = async (call: Call, instead?: readonly PlacedRule[]): Promise<Explained> => {
    if (call.missing) return { effect: 'deny', reason: `${call.missing.reason} To mend it: ${call.missing.mend}` }
    const { workspace, tool, tier, args, taints = [] } = call
    const judgement = await judged(call)
    const paths = filesIn(call)
    const hosts = hostsOf(args, judgement)
    const outward = call.outward ?? (tier === 'net' || (tier === 'exec' && online(workspace)))
    const untrusted = taints.some(({ label }) => label === 'untrusted')
    const marks = touches ? touched({ tool, workspace, paths, judgement, runs: tier === 'exec', untrusted }, touches) : []
    const decided = await decide(call, { judgement, hosts, outward, marks, rules: instead })
    const fetched: TaintMark[] =
      judgement && outward && fetches(judgement)
        ? [{ label: 'untrusted', source: call.title.slice(0, 120), reason: 'it brings in what others wrote' }]
        : []
    const path = pathIn(args, workspace)
    return {
      ...decided,
      reach: reachOf({ paths, workspace, outward, hosts }, judgement),
      brings: [...marks, ...fetched],
      ...(decided.effect === 'ask' && !decided.taints && { rules: rulesFor({ tool, tier, workspace, path }, hosts, judgement) }),
      ...(judgement && { programs: judgement.programs }),
    }
  }

  const decide = async (call: Call, { judgement, hosts, outward, marks, rules }: Findings): Promise<Explained> => {
    const bundle = BUNDLES[call.role ?? role()]
    if (!bundle.tiers.includes(call.tier) || (outward && bundle.outward === 'deny'))
      return { effect: 'deny', reason: `the role "${call.role ?? role()}" does not include it` }
    const ruling = rulingOn(call, judgement, hosts, rules)
    if (ruling && 'reason' in ruling) return ruling
    const byRule = ruling && { effect: ruling.effect, reason: inWords(ruling), rule: ruling.placed }
    if (byRule?.effect === 'deny') return byRule
    const together = [...(call.taints ?? []), ...marks]
    if (outward && labelsMeet(together)) return { effect: whenTainted(), reason: meeting(together), taints: together }
    const asksOut = outward && bundle.outward === 'ask'
    if (!byRule && call.tier === 'read' && !asksOut) return { effect: 'allow', reason: 'reading in the workspace' }
    const mode = await modeOf(call)
    if (typeof mode === 'object' && call.tier !== 'read') return mode
    const trouble = judgement && troubleOf(judgement)
    // What is dangerous, or cannot be read, is asked in every mode and whatever a rule allows.
    if (!trouble) {
      if (byRule?.effect === 'allow') return byRule
      if (!byRule && !asksOut && typeof mode === 'string' && UNASKED[stricter(mode, bundle.mode)].includes(call.tier))
        return { effect: 'allow', reason: `mode ${mode}` }
    }
    if (!byRule && !asksOut && call.tier === 'net' && (await knownHost(call)))
      return { effect: 'allow', reason: 'the host is allowed' }
    const grant = grants.find(call.sessionId, call.workspace, call.tier, grantSubject(call.tier, call.args))
    if (grant)
      return { effect: 'allow', reason: grant === 'session' ? 'allowed for this session' : 'always allowed in this workspace' }
    if (byRule?.effect === 'ask') return trouble ? { ...byRule, reason: `${trouble} (${byRule.reason})` } : byRule
    if (call.tier === 'write') return { effect: 'ask', reason: 'it changes files' }
    if (call.tier === 'read' || call.tier === 'net') return { effect: 'ask', reason: 'it goes out of this computer' }
    return { effect: 'ask', reason: trouble ?? (judgement ? runs(judgement) : 'it runs a command') }
  }

  /** Rules that cannot be read deny all but reading: one might have forbidden the call. */
  const rulingOn = (
    { tool, tier, args, workspace, sessionId, by, server, amount }: Call,
    judgement: Judgement | undefined,
    hosts: readonly string[],
    instead: readonly PlacedRule[] | undefined,
  ): Ruling | Decision | undefined => {
    try {
      const path = pathIn(args, workspace)
      const facts = { tool, workspace, programs: judgement?.programs, path, hosts, server, amount, ...by, session: sessionId }
      return judgeByRules(instead ?? rules.all(workspace), facts)
    } catch (error) {
      if (tier === 'read') return undefined
      return { effect: 'deny', reason: `the rules cannot be read: ${error instanceof Error ? error.message : error}` }
    }
  }

  const judged = async ({ tier, args, workspace }: Call): Promise<Judgement | undefined> => {
    const command = tier === 'exec' ? commandIn(args) : undefined
    if (command === undefined) return undefined
    const key = `${workspace}\0${command}`
    const known = read.get(key)
    if (known) return known
    try {
      const judgement = await judgeCommand(command, { workspace, home: personHome })
      if (read.size >= MOST_READ) read.delete(read.keys().next().value!)
      read.set(key, judgement)
      return judgement
    } catch (error) {
      const unclear = `commands cannot be read: ${error instanceof Error ? error.message : error}`
      return { programs: [], words: [], blind: true, dangers: [], unclear }
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
      const answer = await explain(call)
      const { sessionId: session, turnId: turn, tool, tier, title, args: content } = call
      audit.record({
        kind: 'decision',
        actor: 'oxbow',
        session,
        ...(turn && { turn }),
        tool,
        tier,
        title,
        decision: answer.effect,
        reason: answer.reason,
        content,
      })
      return answer
    },
  }
}

/** The file a call names, and what is behind it where its name is a link. */
function filesIn({ args, workspace }: Call): string[] {
  if (typeof args !== 'object' || args === null || !('path' in args) || typeof args.path !== 'string') return []
  if (args.path.startsWith('spool:')) return [args.path]
  const path = placeIn(workspace, normalize(args.path))
  try {
    const real = realpathSync(path)
    return real === path ? [path] : [path, real]
  } catch {
    return [path]
  }
}

function inWords({ effect, placed: { rule, source, index } }: Ruling): string {
  const verb = { allow: 'allows it', ask: 'asks for it', deny: 'forbids it' }[effect]
  return rule.reason ?? `rule ${index} of ${source} ${verb}`
}
