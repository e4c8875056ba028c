import { basename } from 'node:path'
import type { PlacedRule, PolicyRule } from '../contract/index.ts'
import { globOf } from './glob.ts'
import { nameFrom, placeIn } from './place.ts'

/** Who asks for a call: what is unknown matches no rule that names it. */
export interface Subject {
  session?: string | undefined
  agent?: string | undefined
  persona?: string | undefined
  space?: string | undefined
  channel?: string | undefined
}

/** What a rule may look at in a call. */
export interface Facts extends Subject {
  tool: string
  workspace: string
  /** Programs a command starts; one that is none of the system's by its path. */
  programs?: readonly string[] | undefined
  /** A file it names, relative to the workspace. */
  path?: string | undefined
  /** Hosts it names. */
  hosts?: readonly string[] | undefined
  /** The MCP server whose tool it is. */
  server?: string | undefined
  /** What it costs, in micro-dollars. */
  amount?: number | undefined
}

export interface Ruling {
  effect: PolicyRule['effect']
  placed: PlacedRule
}

/** The file a call names, relative to its workspace; undefined where it names none. */
export function pathIn(args: unknown, workspace: string): string | undefined {
  if (typeof args !== 'object' || args === null || !('path' in args) || typeof args.path !== 'string') return undefined
  return nameFrom(workspace, placeIn(workspace, args.path))
}

/**
 * What the rules say of a call: a deny wins, then the most specific; between equals the stricter. A command is allowed by
 * rules that name programs or hosts only where each of its programs and hosts is.
 */
export function judgeByRules(rules: readonly PlacedRule[], facts: Facts): Ruling | undefined {
  const ordered = orderOf(rules)
  const { denying, others } = ordered.of(facts.tool)
  for (const rule of denying) if (rule.matches(facts)) return { effect: 'deny', placed: rule.placed }
  for (const rule of others)
    if (rule.matches(facts) && (rule.effect === 'ask' || allowsAll(rule, ordered, facts)))
      return { effect: rule.effect, placed: rule.placed }
  return undefined
}

/** A rule with its patterns read. */
interface ReadRule {
  placed: PlacedRule
  effect: PolicyRule['effect']
  matches(facts: Facts): boolean
}

/** Those that may say something of a tool. */
interface Ordered {
  denying: readonly ReadRule[]
  /** The one that counts most first. */
  others: readonly ReadRule[]
}

interface Order {
  of(tool: string): Ordered
  all: readonly ReadRule[]
}

/** Tools whose rules are kept apart. */
const MOST_TOOLS = 200
/** A list of rules is read once: it is the same one until a file changes. */
const orders = new WeakMap<readonly PlacedRule[], Order>()

function orderOf(rules: readonly PlacedRule[]): Order {
  const known = orders.get(rules)
  if (known) return known
  const all = rules.map(readRule)
  const denying = all.filter(({ effect }) => effect === 'deny')
  const others = all
    .filter(({ effect }) => effect !== 'deny')
    .map((read) => ({ read, weight: weight(read.placed.rule), strictness: strictness(read.placed.rule) }))
    .sort((a, b) => b.weight - a.weight || b.strictness - a.strictness)
    .map(({ read }) => read)
  const byTool = new Map<string, Ordered>()
  const order: Order = {
    all,
    of(tool) {
      const kept = byTool.get(tool)
      if (kept) return kept
      const about = ({ effect, placed: { rule } }: ReadRule): boolean =>
        rule.tool === undefined || globOf(rule.tool).fits(tool, effect !== 'allow')
      const found = { denying: denying.filter(about), others: others.filter(about) }
      if (byTool.size >= MOST_TOOLS) byTool.clear()
      byTool.set(tool, found)
      return found
    },
  }
  orders.set(rules, order)
  return order
}

const SUBJECTS = ['session', 'agent', 'persona', 'space', 'channel', 'server', 'path', 'workspace', 'tool'] as const

/** What forbids or asks leaves no gap: its patterns stand for hidden names, too. */
function readRule(placed: PlacedRule): ReadRule {
  const { rule } = placed
  const { effect, program, host, amount: least } = rule
  const strict = effect !== 'allow'
  const subjects = SUBJECTS.flatMap((key) => (rule[key] === undefined ? [] : [{ key, glob: globOf(rule[key]) }]))
  const programGlob = program === undefined ? undefined : globOf(program)
  const fitsHost = host === undefined ? undefined : hostPattern(host)
  return {
    placed,
    effect,
    matches(facts) {
      const { programs, hosts, amount } = facts
      for (const { key, glob } of subjects) {
        const value = facts[key]
        if (value === undefined || !glob.fits(value, strict)) return false
      }
      // Another program of that name is not the one that was allowed.
      if (
        programGlob &&
        !programs?.some((name) => programGlob.fits(name, strict) || (strict && programGlob.fits(basename(name), true)))
      )
        return false
      if (fitsHost && !hosts?.some((name) => fitsHost(name.toLowerCase(), strict))) return false
      return least === undefined || (amount !== undefined && amount >= least)
    },
  }
}

/** `*.example.com` is every host below it; `*` is any. */
function hostPattern(pattern: string): (name: string, strict: boolean) => boolean {
  const wanted = pattern.toLowerCase()
  if (wanted.startsWith('*.') && !/[*?[{]/.test(wanted.slice(2))) return (name) => name.endsWith(wanted.slice(1))
  const glob = globOf(wanted)
  return (name, strict) => glob.fits(name, strict)
}

/** A yes to `git` is no yes to what stands behind `git … &&`. */
function allowsAll({ placed: { rule } }: ReadRule, { all }: Order, facts: Facts): boolean {
  const allowed = (one: Partial<Facts>, key: 'program' | 'host'): boolean => {
    const alone = { ...facts, ...one }
    return all.some((other) => other.effect === 'allow' && other.placed.rule[key] !== undefined && other.matches(alone))
  }
  if (rule.program !== undefined && !(facts.programs ?? []).every((program) => allowed({ programs: [program] }, 'program')))
    return false
  return rule.host === undefined || (facts.hosts ?? []).every((host) => allowed({ hosts: [host] }, 'host'))
}

/** How closely a rule names a call: what it touches counts before who asks, where, and by which tool; whole names before patterns. */
function weight(rule: PolicyRule): number {
  const { tool, program, path, host, server, amount, workspace, session, agent, persona, space, channel } = rule
  const touched = named(path) + named(program) + named(host) + named(server) + (amount === undefined ? 0 : 1)
  const who = named(session) + named(agent) + named(persona) + named(space) + named(channel)
  return touched * 1_000_000 + who * 10_000 + named(workspace) * 100 + named(tool)
}

const named = (pattern: string | undefined): number =>
  pattern === undefined ? 0 : 1 + pattern.split('/').filter((part) => !/[*?[{]/.test(part)).length

const strictness = ({ effect }: PolicyRule): number => (effect === 'ask' ? 1 : 0)
