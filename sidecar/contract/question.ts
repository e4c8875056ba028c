import type { Approval } from './view.ts'
import { onOneLine } from './visible.ts'

// How a question is put to a person, the same on every screen.

/** What is changed beyond files. */
const CHANGES = { kept: 'change what you keep', shared: 'change what others may see' } as const
const VERBS = { read: 'read', write: 'change files', net: 'fetch from outside', exec: 'run a command' } as const

/** What a question asks for, and what it is about where a name of its own says that. */
export function askedFor({ hosts, widen, changes, tier, title, args }: Approval): { verb: string; about: string | undefined } {
  if (hosts) return { verb: 'reach', about: hosts.join(', ') }
  if (widen)
    return { verb: `${widen.use === 'write' ? 'change' : 'read'} a file outside of the workspace`, about: onOneLine(widen.path) }
  return { verb: changes ? CHANGES[changes] : VERBS[tier], about: isWhole(args, title) ? undefined : title }
}

/** A command is shown as a whole below: its title would say it twice. */
const isWhole = (args: unknown, title: string): boolean =>
  typeof args === 'object' && args !== null && 'command' in args && args.command === title

/** The arguments of a call, in the forms that are easiest to judge. Each argument is in exactly one of them. */
export interface CallParts {
  command?: string
  /** A text that goes, and one that comes in its place. */
  old?: string
  fresh?: string
  /** All others, by name. */
  rest: [name: string, value: string][]
}

/** @param args as the model gave them, of whatever form */
export function callParts(args: unknown): CallParts {
  if (args === null || args === undefined) return { rest: [] }
  if (typeof args !== 'object') return { rest: [['arguments', textOf(args)]] }
  const given = new Map<string, unknown>(Object.entries(args))
  const take = (...names: string[]): string | undefined => {
    const name = names.find((one) => typeof given.get(one) === 'string')
    const value = name === undefined ? undefined : given.get(name)
    if (name !== undefined) given.delete(name)
    return value as string | undefined
  }
  const command = take('command', 'cmd')
  const old = take('oldText', 'old', 'oldString', 'old_string')
  const fresh = take('newText', 'new', 'newString', 'new_string', 'content')
  const rest = [...given]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, textOf(value)])
  return {
    ...(command !== undefined && { command }),
    ...(old !== undefined && { old }),
    ...(fresh !== undefined && { fresh }),
    rest,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? ''))

/** What a person should know of a call beside what it does, by name. */
export function planFacts({ reach, expiresAt }: Approval): [name: string, value: string][] {
  const facts: [string, string][] = [
    ['files', reach?.paths.join(', ') ?? ''],
    ['programs', reach?.programs.join(', ') ?? ''],
    ['hosts', reach?.hosts.join(', ') ?? ''],
    ['goes out', reach?.outward ? 'it can carry data out of this computer' : ''],
    ['ends', expiresAt === undefined ? '' : `unanswered, it is a no from ${new Date(expiresAt).toLocaleString()}`],
  ]
  return facts.filter(([, value]) => value !== '')
}

/** What a yes beyond this once covers where no rule is saved with it. */
export function coverageOf({ tier, hosts, changes, tool }: Approval): string {
  if (hosts) return `any call to ${hosts.join(', ')}`
  if (changes) return `any call of ${tool}`
  return tier === 'write' ? 'any file of this folder' : 'this very call'
}
