import { basename } from 'node:path'
import type { PlacedRule, PolicyRule } from '../contract/index.ts'
import { globOf } from './glob.ts'
import { type NamedHost, readHostPattern } from './host-pattern.ts'
import { type NamedFile, readPathPattern } from './named-file.ts'

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
  /** The file it names, as it is spelled and as it really is. */
  files?: readonly NamedFile[] | undefined
  /** Hosts it names. */
  hosts?: readonly NamedHost[] | undefined
  /** The MCP server whose tool it is. */
  server?: string | undefined
}

export interface Ruling {
  effect: PolicyRule['effect']
  placed: PlacedRule
}

/**
 * What the rules say of a call: a deny wins, then the most specific; between equals the stricter. A command is allowed by
 * rules that name programs or hosts only where each of its programs and hosts is, a file only where it is by each of its names.
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

/** Why a rule decides, for people and models. */
export function inWords({ effect, placed: { rule, source, index } }: Ruling): string {
  const verb = { allow: 'allows it', ask: 'asks for it', deny: 'forbids it' }[effect]
  return rule.reason ?? `rule ${index} of ${source} ${verb}`
}

/**
 * What closes a file or a host to a call while it runs, whatever it named: a rule that denies it. Undefined where none does.
 * @returns tells the rule that closes one, if any
 */
export function closing<Key extends 'path' | 'host'>(
  rules: readonly PlacedRule[],
  key: Key,
  facts: Omit<Facts, 'files' | 'hosts'>,
): ((one: Key extends 'path' ? NamedFile : NamedHost) => Ruling | undefined) | undefined {
  const denying = orderOf(rules)
    .of(facts.tool)
    .denying.filter(({ placed: { rule } }) => rule[key] !== undefined)
  if (denying.length === 0) return undefined
  return (one) => {
    const about = { ...facts, ...(key === 'path' ? { files: [one as NamedFile] } : { hosts: [one as NamedHost] }) }
    const found = denying.find((rule) => rule.matches(about))
    return found && { effect: 'deny', placed: found.placed }
  }
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

const SUBJECTS = ['session', 'agent', 'persona', 'space', 'channel', 'server', 'workspace', 'tool'] as const

/** What forbids or asks leaves no gap: its patterns stand for hidden names, too. */
function readRule(placed: PlacedRule): ReadRule {
  const { rule } = placed
  const { effect, program, path, host } = rule
  const strict = effect !== 'allow'
  const subjects = SUBJECTS.flatMap((key) => (rule[key] === undefined ? [] : [{ key, glob: globOf(rule[key]) }]))
  const programGlob = program === undefined ? undefined : globOf(program)
  const pathPattern = path === undefined ? undefined : readPathPattern(path)
  const hostPattern = host === undefined ? undefined : readHostPattern(host)
  return {
    placed,
    effect,
    matches(facts) {
      const { programs, files, hosts } = facts
      for (const { key, glob } of subjects) {
        const value = facts[key]
        if (value === undefined || !glob.fits(value, strict)) return false
      }
      // Another program of that name is not the one that was allowed.
      const fitsProgram = (name: string): boolean =>
        programGlob!.fits(name, strict) || (strict && name.includes('/') && programGlob!.fits(basename(name), true))
      if (programGlob && !programs?.some(fitsProgram)) return false
      if (pathPattern && !files?.some((file) => pathPattern.fits(file, strict))) return false
      return !hostPattern || (hosts?.some((name) => hostPattern.fits(name, strict)) ?? false)
    },
  }
}

/** A yes to `git` is no yes to what stands behind `git … &&`. */
function allowsAll({ placed: { rule } }: ReadRule, { all }: Order, facts: Facts): boolean {
  const allowed = (one: Partial<Facts>, key: 'program' | 'host' | 'path'): boolean => {
    const alone = { ...facts, ...one }
    return all.some((other) => other.effect === 'allow' && other.placed.rule[key] !== undefined && other.matches(alone))
  }
  if (rule.program !== undefined && !(facts.programs ?? []).every((program) => allowed({ programs: [program] }, 'program')))
    return false
  if (rule.path !== undefined && !(facts.files ?? []).every((file) => allowed({ files: [file] }, 'path'))) return false
  return rule.host === undefined || (facts.hosts ?? []).every((host) => allowed({ hosts: [host] }, 'host'))
}

/** How closely a rule names a call: what it touches counts before who asks, where, and by which tool; whole names before patterns. */
function weight(rule: PolicyRule): number {
  const { tool, program, path, host, server, workspace, session, agent, persona, space, channel } = rule
  const touched = named(path) + named(program) + named(host) + named(server)
  const who = named(session) + named(agent) + named(persona) + named(space) + named(channel)
  return touched * 1_000_000 + who * 10_000 + named(workspace) * 100 + named(tool)
}

const named = (pattern: string | undefined): number =>
  pattern === undefined ? 0 : 1 + pattern.split('/').filter((part) => !/[*?[{]/.test(part)).length

const strictness = ({ effect }: PolicyRule): number => (effect === 'ask' ? 1 : 0)
