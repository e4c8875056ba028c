import type { Audit } from '../audit/index.ts'
import {
  type Changed,
  labelsMeet,
  type Mode,
  onOneLine,
  type PlacedRule,
  type PolicyRule,
  type Reach,
  type Role,
  type SafetyTier,
  type SessionId,
  type TaintMark,
  type TurnId,
} from '../contract/index.ts'
import { CommandReader, type Reading } from './commands/reading.ts'
import { commandIn, goesOn, isTyped, runs } from './commands/words-of.ts'
import type { Grants } from './grants.ts'
import { hostName, type NamedHost } from './host-pattern.ts'
import { fileAt, type NamedFile, placesNamed } from './named-file.ts'
import { reachOf, rulesFor } from './plan.ts'
import { BUNDLES } from './roles.ts'
import type { RuleFiles } from './rule-file.ts'
import { closing, inWords, judgeByRules, type Ruling, type Subject } from './rules.ts'
import { SmallFolders } from './small-folders.ts'
import { grantSubject, WHOLE_TIER } from './subject.ts'
import { mayBeTheirs, meeting } from './taint-words.ts'
import { type Toucher, touched } from './touched.ts'

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
  /** Whether it can carry data out of this computer, or act outside of it. Default: what fetches, and commands whose box has a network or that go on. */
  outward?: boolean | undefined
  /** What it changes beyond files of the workspace. */
  changes?: Changed | undefined
  /** What clings to the conversation. */
  taints?: readonly TaintMark[] | undefined
  /** Why nobody can tell before what it will do. */
  unclear?: string | undefined
  /** Who asks, beyond the session. */
  by?: Omit<Subject, 'session'> | undefined
  /** The MCP server whose tool it is. */
  server?: string | undefined
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
  /** Files that a command is told to write, as it names them. */
  writes?: string[]
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
  /**
   * What rules close to a call while it runs, whatever it named. Undefined where no rule does; those that cannot be read close nothing to
   * what reads, and all else was denied.
   * @returns tells why a file is closed, if it is. @param place absolute, behind every link; also by other names of it
   */
  closing(call: Call): ((...places: string[]) => string | undefined) | undefined
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

/** Why a call is asked that changes more than files. */
const CHANGES: Record<Changed, string> = {
  kept: 'it changes what you keep',
  shared: 'it changes what others may see, too',
}

/** What was found out about a call before it is decided. */
interface Findings {
  reading: Reading | undefined
  /** The file it names, as it is spelled and as it really is. */
  files: readonly NamedFile[]
  hosts: readonly NamedHost[]
  outward: boolean
  /** Labels of what it names. */
  marks: TaintMark[]
  rules: readonly PlacedRule[] | undefined
}

export function createGate(options: GateOptions): Gate {
  const { grants, audit, rules, limit, personHome, touches, online = () => true } = options
  const commands = new CommandReader(personHome)
  const looker = touches && { ...touches, folders: new SmallFolders() }
  const { whenTainted = () => 'ask', role = () => 'operator', knownHost = async () => false } = options

  const explain = async (call: Call, instead?: readonly PlacedRule[]): Promise<Explained> =>
    inPlainSight(await look(call, instead))

  const look = async (call: Call, instead?: readonly PlacedRule[]): Promise<Explained> => {
    if (call.missing) return { effect: 'deny', reason: `${call.missing.reason} To mend it: ${call.missing.mend}` }
    const { workspace, tool, tier, args, taints = [] } = call
    const command = tier === 'exec' ? commandIn(args) : undefined
    const read =
      command === undefined ? undefined : (commands.known(command, workspace) ?? (await commands.read(command, workspace)))
    // What reads what is typed may be no shell at all.
    const reading = read && isTyped(args) ? { ...read, harmless: false } : read
    const paths = placesNamed(args, workspace)
    const files = paths.map((path) => fileAt(path, workspace))
    const named = hostsOf(args, reading)
    const hosts = [...new Set(named.map(({ name }) => name))]
    const outward = call.outward ?? (tier === 'net' || (tier === 'exec' && (online(workspace) || goesOn(args))))
    const untrusted = taints.some(({ label }) => label === 'untrusted')
    const marks = looker ? await touched({ tool, workspace, paths, reading, runs: tier === 'exec', untrusted }, looker) : []
    const decided = await decide(call, { reading, files, hosts: named, outward, marks, rules: instead })
    const fetched: TaintMark[] =
      reading?.fetches && outward
        ? [{ label: 'untrusted', source: call.title.slice(0, 120), reason: 'it brings in what others wrote' }]
        : []
    const judgement = reading?.judgement
    return {
      ...decided,
      reach: reachOf({ paths, workspace, outward, hosts }, judgement),
      brings: fetched.length > 0 ? [...marks, ...fetched] : marks,
      ...(decided.effect === 'ask' &&
        !decided.taints && {
          rules: rulesFor({ tool, tier, workspace, paths: files.map(({ name }) => name) }, hosts, judgement),
        }),
      ...(judgement && { programs: judgement.programs, writes: judgement.writes }),
    }
  }

  const decide = async (call: Call, findings: Findings): Promise<Explained> => {
    const { reading, outward, marks } = findings
    const bundle = BUNDLES[call.role ?? role()]
    if (!bundle.tiers.includes(call.tier) || (outward && bundle.outward === 'deny'))
      return { effect: 'deny', reason: `the role "${call.role ?? role()}" does not include it` }
    const ruling = rulingOn(call, findings)
    if (ruling && 'reason' in ruling) return ruling
    const byRule = ruling && { effect: ruling.effect, reason: inWords(ruling), rule: ruling.placed }
    if (byRule?.effect === 'deny') return byRule
    const together = outward ? [...(call.taints ?? []), ...marks] : []
    if (labelsMeet(together)) return { effect: whenTainted(), reason: meeting(together), taints: together }
    const asksOut = outward && bundle.outward === 'ask'
    if (!byRule && call.tier === 'read' && !asksOut) return { effect: 'allow', reason: 'reading in the workspace' }
    const mode = await modeOf(call)
    if (typeof mode === 'object' && call.tier !== 'read') return mode
    const strangers = call.changes ? (call.taints ?? []).filter(({ label }) => label === 'untrusted') : []
    if (call.changes && strangers.length > 0)
      return { effect: 'ask', reason: `${CHANGES[call.changes]}, and ${mayBeTheirs(strangers)}`, taints: strangers }
    const trouble = reading?.trouble ?? call.unclear
    // What is dangerous, or cannot be read, is asked in every mode and whatever a rule allows.
    if (!trouble) {
      if (byRule?.effect === 'allow') return byRule
      // No mode answers for what others see.
      const byMode = !byRule && !asksOut && typeof mode === 'string' && call.changes !== 'shared'
      if (byMode && UNASKED[stricter(mode, bundle.mode)].includes(call.tier)) return { effect: 'allow', reason: `mode ${mode}` }
    }
    if (!byRule && !asksOut && call.tier === 'net' && (await knownHost(call)))
      return { effect: 'allow', reason: 'the host is allowed' }
    const subject = grantSubject(call.tier, call.args, call.changes && call.tool)
    // A yes to a whole tier was none to what a rule asks for.
    const counts = byRule?.effect !== 'ask' || subject !== WHOLE_TIER
    const grant = counts && grants.find(call.sessionId, call.workspace, call.tier, subject)
    if (grant)
      return { effect: 'allow', reason: grant === 'session' ? 'allowed for this session' : 'always allowed in this workspace' }
    if (byRule?.effect === 'ask') return trouble ? { ...byRule, reason: `${trouble} (${byRule.reason})` } : byRule
    if (call.changes) return { effect: 'ask', reason: CHANGES[call.changes] }
    if (call.tier === 'write') return { effect: 'ask', reason: 'it changes files' }
    if (call.tier === 'read' || call.tier === 'net') return { effect: 'ask', reason: 'it goes out of this computer' }
    return { effect: 'ask', reason: trouble ?? (reading ? runs(reading.judgement) : 'it runs a command') }
  }

  /** Rules that cannot be read deny all but reading: one might have forbidden the call. */
  const rulingOn = (
    { tool, tier, workspace, sessionId, by, server }: Call,
    { reading, files, hosts, rules: instead }: Findings,
  ): Ruling | Decision | undefined => {
    try {
      const programs = reading?.judgement.programs
      const facts = { tool, workspace, programs, files, hosts, server, ...by, session: sessionId }
      return judgeByRules(instead ?? rules.all(workspace), facts)
    } catch (error) {
      if (tier === 'read') return undefined
      return { effect: 'deny', reason: `the rules cannot be read: ${error instanceof Error ? error.message : error}` }
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
    closing({ tool, workspace, sessionId, by, server }) {
      try {
        const closed = closing(rules.all(workspace), 'path', { tool, workspace, server, ...by, session: sessionId })
        if (!closed) return undefined
        return (...places) => {
          const rulings = places.map((place) => closed(fileAt(place, workspace)))
          const ruling = rulings.find((found) => found !== undefined)
          return ruling && inWords(ruling)
        }
      } catch {
        return undefined
      }
    },
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

/** Hosts that a call names: of its address, or of the addresses in its command. */
function hostsOf(args: unknown, reading: Reading | undefined): NamedHost[] {
  const inCommand = (reading?.hosts ?? []).map((name) => ({ name: hostName(name) ?? name }))
  const url = typeof args === 'object' && args !== null && 'url' in args && typeof args.url === 'string' && URL.parse(args.url)
  if (!url || url.hostname === '') return inCommand
  const port = Number(url.port || WEB_PORTS[url.protocol]) || undefined
  return [{ name: hostName(url.hostname) ?? url.hostname, port }, ...inCommand]
}

const WEB_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** What people are shown of a decision: names that a model, a file or a rule gave cannot pass for words of ours. */
function inPlainSight({ reason, taints, brings, ...rest }: Explained): Explained {
  return {
    ...rest,
    reason: onOneLine(reason),
    ...(taints && { taints: taints.map(markInSight) }),
    ...(brings && { brings: brings.map(markInSight) }),
  }
}

/** Marks that are shown as they are: those of a labelled file stay the same objects. */
const inSight = new WeakSet<TaintMark>()

function markInSight(mark: TaintMark): TaintMark {
  if (inSight.has(mark)) return mark
  const [source, reason] = [onOneLine(mark.source), onOneLine(mark.reason)]
  if (source !== mark.source || reason !== mark.reason) return { ...mark, source, reason }
  inSight.add(mark)
  return mark
}
