import type { PolicyRule } from '../../sidecar/contract/index.ts'

/** What a rule can be about, in words. */
export const ABOUT = {
  program: 'program, such as git',
  path: 'file, such as src/**',
  host: 'host, such as *.example.com',
  tool: 'tool, such as write',
  workspace: 'folder of the agent',
  space: 'space of the session',
} as const satisfies Partial<Record<keyof PolicyRule, string>>
export type About = keyof typeof ABOUT

/** One condition of a rule that is being written. */
export interface Condition {
  about: About
  pattern: string
}

/** The rule that is written so far; undefined while something of it is missing. */
export function ruleOf(effect: PolicyRule['effect'], conditions: readonly Condition[], reason: string): PolicyRule | undefined {
  const named = conditions.map(({ about, pattern }) => [about, pattern.trim()] as const)
  if (named.length === 0 || named.some(([, value]) => value === '')) return undefined
  return { effect, ...Object.fromEntries(named), ...(reason.trim() !== '' && { reason: reason.trim() }) }
}
