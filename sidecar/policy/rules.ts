import { matchesGlob, normalize, relative, resolve } from 'node:path'
import type { PlacedRule, PolicyRule } from '../contract/index.ts'

/** What a rule may look at in a call. */
export interface Facts {
  tool: string
  workspace: string
  /** Programs a command starts. */
  programs?: readonly string[] | undefined
  /** A file it names, relative to the workspace. */
  path?: string | undefined
}

export interface Ruling {
  effect: PolicyRule['effect']
  placed: PlacedRule
}

/** The file a call names, relative to its workspace; undefined where it names none. */
export function pathIn(args: unknown, workspace: string): string | undefined {
  if (typeof args !== 'object' || args === null || !('path' in args) || typeof args.path !== 'string') return undefined
  return relative(workspace, resolve(workspace, normalize(args.path)))
}

/**
 * What the rules say of a call: a deny wins, then the most specific; between equals the stricter. A command is allowed by
 * rules that name programs only where each of its programs is.
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

function matches(rule: PolicyRule, { tool, workspace, programs, path }: Facts): boolean {
  if (rule.tool !== undefined && !matchesGlob(tool, rule.tool)) return false
  if (rule.workspace !== undefined && !matchesGlob(workspace, rule.workspace)) return false
  if (rule.program !== undefined && !programs?.some((name) => matchesGlob(name, rule.program!))) return false
  return rule.path === undefined || (path !== undefined && matchesGlob(path, rule.path))
}

/** A yes to `git` is no yes to what stands behind `git … &&`. */
function allowsAll(rule: PolicyRule, rules: readonly PlacedRule[], facts: Facts): boolean {
  if (rule.program === undefined || !facts.programs) return true
  return facts.programs.every((program) =>
    rules.some((other) => other.rule.effect === 'allow' && matches(other.rule, { ...facts, programs: [program] })),
  )
}

/** How closely a rule names a call: what it touches counts before where and by which tool, whole names before patterns. */
function weight({ tool, program, path, workspace }: PolicyRule): number {
  const named = (pattern: string | undefined): number =>
    pattern === undefined ? 0 : 1 + pattern.split('/').filter((part) => !/[*?[{]/.test(part)).length
  return (named(path) + named(program)) * 10_000 + named(workspace) * 100 + named(tool)
}

const strictness = ({ effect }: PolicyRule): number => (effect === 'ask' ? 1 : 0)
