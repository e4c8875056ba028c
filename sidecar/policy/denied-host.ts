import type { PlacedRule } from '../contract/index.ts'
import { hostName } from './host-pattern.ts'
import { closing, inWords } from './rules.ts'

/**
 * Why a rule forbids a host to who sends something, in words; undefined where none does. A rule that names a program is not known
 * to a connection: it counts where the command is judged.
 * @param host as it is to be reached, a name or an address
 */
export function deniedHost(
  rules: readonly PlacedRule[],
  of: { session?: string | undefined; space?: string | undefined; workspace: string; tool: string },
  { name, port }: { name: string; port: number },
): string | undefined {
  const ruling = closing(rules, 'host', of)?.({ name: hostName(name) ?? name, port })
  return ruling && inWords(ruling)
}
