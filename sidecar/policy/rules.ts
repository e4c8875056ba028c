import { matchesGlob, normalize, relative } from 'node:path'
import type { PlacedRule, PolicyRule } from '../contract/index.ts'
import { placeIn } from './place.ts'

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
  /** Programs a command starts. */
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
  return relative(workspace, placeIn(workspace, normalize(args.path)))
}

/**
 * What the rules say of a call: a deny wins, then the most specific; between equals the stricter. A command is allowed by
 * rules that name programs or hosts only where each of its programs and hosts is.
 */
export function judgeByRules(rules: readonly PlacedRule[], facts: Facts): Ruling | undefined {
  const matching = rules.filter(({ rule }) => matches(rule, facts))
  const denying = matching.find(({ rule }) => rule.effect === 'deny')
  if (denying) return { effect: 'deny', placed: denying }
  const [best] = matching
    .filter(({ rule }) => rule.effect === 'ask' || allowsAll(rule, rules, facts))
    .sort((a, b) => weight(b.rule) - weight(a.rule) || strictness(b.rule) - strictness(a.rule))
  return best && { effect: best.rule.effect, placed: best }
}

const SUBJECTS = ['session', 'agent', 'persona', 'space', 'channel', 'server', 'path'] as const

function matches(rule: PolicyRule, facts: Facts): boolean {
  const { tool, workspace, programs, hosts, amount } = facts
  if (rule.tool !== undefined && !fits(tool, rule.tool)) return false
  if (rule.workspace !== undefined && !fits(workspace, rule.workspace)) return false
  if (rule.program !== undefined && !programs?.some((name) => fits(name, rule.program!))) return false
  if (rule.host !== undefined && !hosts?.some((host) => fitsHost(host, rule.host!))) return false
  if (rule.amount !== undefined && (amount === undefined || amount < rule.amount)) return false
  return SUBJECTS.every((key) => {
    const pattern = rule[key]
    const value = facts[key]
    return pattern === undefined || (value !== undefined && fits(value, pattern))
  })
}

/** `*.example.com` is every host below it; `*` is any. */
function fitsHost(host: string, pattern: string): boolean {
  const name = host.toLowerCase()
  const wanted = pattern.toLowerCase()
  if (wanted.startsWith('*.') && !/[*?[{]/.test(wanted.slice(2))) return name.endsWith(wanted.slice(1))
  return fits(name, wanted)
}

/** A file pattern. What its literal beginning or end rules out is never looked at closely: a call is held against every rule. */
function fits(value: string, pattern: string): boolean {
  const { whole, begin, end } = shapeOf(pattern)
  if (whole) return value === pattern
  // `src/**` is also `src` itself.
  if (begin !== undefined && !value.startsWith(begin) && `${value}/` !== begin) return false
  if (end !== undefined && !value.endsWith(end)) return false
  return matchesGlob(value, pattern)
}

interface Shape {
  /** It stands for itself alone. */
  whole: boolean
  begin: string | undefined
  end: string | undefined
}

const shapes = new Map<string, Shape>()
/** Patterns whose shape is kept: as many as a home and some workspaces have. */
const MOST_SHAPES = 5000

function shapeOf(pattern: string): Shape {
  const known = shapes.get(pattern)
  if (known) return known
  const special = pattern.search(/[*?[{!(]/)
  const begin = pattern.slice(0, Math.max(0, special))
  const shape: Shape = {
    whole: special === -1 && !pattern.startsWith('.'),
    begin: /^[\w/-]/.test(begin) && !/\/\/|\+$|@$/.test(begin) ? begin : undefined,
    end: /[\w-]+(?:\.[\w-]+)*$/.exec(pattern)?.[0],
  }
  if (shapes.size >= MOST_SHAPES) shapes.clear()
  shapes.set(pattern, shape)
  return shape
}

/** A yes to `git` is no yes to what stands behind `git … &&`. */
function allowsAll(rule: PolicyRule, rules: readonly PlacedRule[], facts: Facts): boolean {
  const allowed = (one: Partial<Facts>, key: 'program' | 'host'): boolean =>
    rules.some(
      (other) => other.rule.effect === 'allow' && other.rule[key] !== undefined && matches(other.rule, { ...facts, ...one }),
    )
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
