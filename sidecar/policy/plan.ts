import { relative } from 'node:path'
import type { PolicyRule, Reach } from '../contract/index.ts'
import type { Judgement } from './commands/judge.ts'
import { troubleOf } from './commands/words-of.ts'

/** Names of one kind shown at most. */
const MOST_SHOWN = 20

/** Hosts that a call names: of its address, or of the addresses in a command. */
export function hostsOf(args: unknown, judgement: Judgement | undefined): string[] {
  const url = typeof args === 'object' && args !== null && 'url' in args && typeof args.url === 'string' ? [args.url] : []
  const found = [...url, ...(judgement?.words ?? [])].flatMap((word) => {
    const addresses = addressesIn(word).map(hostOf)
    const remote = word.includes('@') ? REMOTE.exec(word)?.[1] : undefined
    return remote === undefined ? addresses : [...addresses, remote]
  })
  return [...new Set(found.filter((host) => host !== undefined && host !== ''))] as string[]
}

/** `git@example.com:`, as copying programs name a place elsewhere. */
const REMOTE = /^(?:[\w.-]+@)([\w.-]+\.[a-z]{2,}|[\w-]+):/i
/** The name of a scheme is no longer than this. */
const MOST_SCHEME = 40
const SCHEME = /(?:^|[^\w])([a-z][a-z0-9+.-]*)$/i
const ADDRESS_END = /[\s'"<>|;,)]/g

/** Addresses in a word, in time that grows with its length alone: whoever wrote it may want to keep us busy. */
function addressesIn(word: string): string[] {
  const found: string[] = []
  for (let at = word.indexOf('://'); at !== -1; at = word.indexOf('://', at)) {
    const from = at
    ADDRESS_END.lastIndex = at + 3
    at = ADDRESS_END.exec(word)?.index ?? word.length
    const scheme = SCHEME.exec(word.slice(Math.max(0, from - MOST_SCHEME), from))?.[1]
    if (scheme !== undefined && at > from + 3) found.push(scheme + word.slice(from, at))
  }
  return found
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address).hostname
  } catch {
    return undefined
  }
}

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
    const inside = relative(workspace, path)
    return inside === '' ? '.' : inside.startsWith('../') || inside === '..' ? path : inside
  })
  return {
    paths: [...new Set(shown)].slice(0, MOST_SHOWN),
    programs: [...new Set(judgement?.programs ?? [])].slice(0, MOST_SHOWN),
    hosts: hosts.slice(0, MOST_SHOWN),
    outward,
  }
}

/**
 * The rules that "always" stands for: they let the same kind of call through in this workspace. None where a rule could
 * not: what is dangerous is only ever allowed to the letter.
 */
export function rulesFor(
  { tool, tier, workspace, path }: { tool: string; tier: string; workspace: string; path: string | undefined },
  hosts: readonly string[],
  judgement: Judgement | undefined,
): PolicyRule[] {
  if (![workspace, path ?? '', ...(judgement?.programs ?? [])].every(isLiteral)) return []
  if (judgement) {
    const programs = [...new Set(judgement.programs)]
    if (troubleOf(judgement) !== undefined || programs.length === 0 || programs.length > 8) return []
    return programs.map((program) => ({ effect: 'allow', tool, program: program, workspace: workspace }))
  }
  if (hosts.length > 0) return hosts.map((host) => ({ effect: 'allow', tool, host: host, workspace: workspace }))
  if (tier !== 'write' || path === undefined || path.startsWith('..')) return []
  return [{ effect: 'allow', tool, path: path, workspace: workspace }]
}

/** Whether a name is a pattern for itself alone: file patterns know no way to write the others. */
const isLiteral = (name: string): boolean => !/[*?[\]{}!()|]/.test(name)
