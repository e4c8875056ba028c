import { type Approval, onOneLine } from '../../sidecar/contract/index.ts'

/** What is changed beyond files. */
const CHANGES = { kept: 'change what you keep', shared: 'change what others may see' } as const
const VERBS = { read: 'read', write: 'change files', net: 'fetch from outside', exec: 'run a command' } as const

/** What a question asks for, as its card is headed, and what it is about where a name of its own says that. */
export function askedFor({ hosts, widen, changes, tier, title, args }: Approval): { verb: string; about: string | undefined } {
  if (hosts) return { verb: 'reach', about: hosts.join(', ') }
  if (widen)
    return { verb: `${widen.use === 'write' ? 'change' : 'read'} a file outside of the workspace`, about: onOneLine(widen.path) }
  return { verb: changes ? CHANGES[changes] : VERBS[tier], about: isWhole(args, title) ? undefined : title }
}

/** A command is shown as a whole below: its title would say it twice. */
const isWhole = (args: unknown, title: string): boolean =>
  typeof args === 'object' && args !== null && 'command' in args && args.command === title

/** Questions of one kind can be answered at once: the same tool is asked for the same reason. */
export function isAlike(a: Approval, b: Approval): boolean {
  return a.tool === b.tool && kindOf(a) === kindOf(b)
}

function kindOf({ hosts, widen, reason }: Approval): string {
  if (hosts) return `hosts ${hosts.join(' ')}`
  return widen ? `outside ${widen.use}` : reason
}
