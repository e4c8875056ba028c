import { reachOf } from './address.ts'
import { covers, type HostRule, namesLocal } from './host-rule.ts'
import { type AllowList, isLocalhost, judgeMethod, type Target } from './judge.ts'

/** Headers by which servers take a request for one of another method. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override']

/** The methods that may be used at a target, where the rules that allow it name any; undefined: all that are let out. */
export function methodsFor({ host, port }: Target, { allowed, within = [] }: AllowList): readonly string[] | undefined {
  const local = isLocalhost(host) || (host.address && reachOf(host.name) === 'local')
  const given = named(allowed.filter((rule) => (local ? namesLocal : covers)(rule, host, port)))
  const left = named(within.filter((rule) => covers(rule, host, port)))
  return given && left ? given.filter((method) => left.includes(method)) : (given ?? left)
}

/** What rules name together; undefined where one of them, or none at all, leaves every method. */
function named(rules: readonly HostRule[]): string[] | undefined {
  const methods = rules.map((rule) => rule.methods)
  return methods.length === 0 || methods.includes(undefined) ? undefined : methods.flatMap((some) => some ?? [])
}

/** Judges a request by every method that it may be taken for. @throws EgressRefusal `egress.method` */
export function judgeRequest(
  { method, headers = {} }: { method: string; headers?: Readonly<Record<string, unknown>> },
  target: Target,
  list: AllowList,
): void {
  const limit = methodsFor(target, list)
  judgeMethod(method, target, limit)
  if (!limit) return
  for (const [name, value] of Object.entries(headers)) {
    if (!OVERRIDES.includes(name.toLowerCase())) continue
    for (const other of String(value).split(',')) judgeMethod(other.trim().toUpperCase(), target, limit)
  }
}
