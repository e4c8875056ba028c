import type { Approval } from '../../sidecar/contract/index.ts'

/** Questions of one kind can be answered at once: the same tool is asked for the same reason. */
export function isAlike(a: Approval, b: Approval): boolean {
  return a.tool === b.tool && kindOf(a) === kindOf(b)
}

function kindOf({ hosts, widen, reason }: Approval): string {
  if (hosts) return `hosts ${hosts.join(' ')}`
  return widen ? `outside ${widen.use}` : reason
}
