import { onOneLine, type PolicyRule, type Reach } from '../contract/index.ts'
import type { Judgement } from './commands/judge.ts'
import { troubleOf } from './commands/words-of.ts'
import { nameFrom } from './place.ts'

/** Programs that lose files: nobody who says "always" to one call means all that they may delete. */
const LOSING = new Set(['rm', 'rmdir', 'unlink', 'shred', 'truncate', 'dd'])
/** Names of one kind shown at most. */
const MOST_SHOWN = 20

/** What a call would touch, for people. */
export function reachOf(
  {
    paths,
    workspace,
    outward,
    hosts,
  }: { paths: readonly string[]; workspace: string; outward: boolean; hosts: readonly string[] },
  judgement: Judgement | undefined,
): Reach {
  const shown = paths.map((path) => {
    const inside = nameFrom(workspace, path)
    return inside === '' ? '.' : inside.startsWith('../') || inside === '..' ? path : inside
  })
  return {
    paths: names(shown),
    programs: names(judgement?.programs ?? []),
    hosts: names(hosts),
    outward,
  }
}

const names = (all: readonly string[]): string[] => [...new Set(all)].slice(0, MOST_SHOWN).map(onOneLine)

/**
 * The rules that "always" stands for: they let the same kind of call through in this workspace. None where a rule could
 * not: what is dangerous is only ever allowed to the letter.
 */
export function rulesFor(
  { tool, tier, workspace, paths }: { tool: string; tier: string; workspace: string; paths: readonly string[] },
  hosts: readonly string[],
  judgement: Judgement | undefined,
): PolicyRule[] {
  const bareHosts = hosts.map((host) => host.replace(/^\[(.*)\]$/, '$1'))
  if (![workspace, ...paths, ...bareHosts, ...(judgement?.programs ?? [])].every(isLiteral)) return []
  if (judgement) {
    const programs = [...new Set(judgement.programs)]
    if (troubleOf(judgement) !== undefined || programs.length === 0 || programs.length > 8) return []
    if (programs.some((program) => LOSING.has(program))) return []
    return programs.map((program) => ({ effect: 'allow', tool, program: program, workspace: workspace }))
  }
  if (hosts.length > 0) return hosts.map((host) => ({ effect: 'allow', tool, host: host, workspace: workspace }))
  if (tier !== 'write' || paths.length === 0 || paths.some((path) => path === '' || path.startsWith('..'))) return []
  return paths.map((path) => ({ effect: 'allow', tool, path: path, workspace: workspace }))
}

/** Whether a name is a pattern for itself alone, and shown as it is: rules know no way to write the others. */
const isLiteral = (name: string): boolean => !/^~|[*?[\]{}!()|\\]/.test(name) && onOneLine(name) === name
