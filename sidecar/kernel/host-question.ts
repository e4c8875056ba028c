import { labelsMeet, type TaintMark } from '../contract/index.ts'
import type { Call, Explained } from '../policy/index.ts'
import type { TurnContext } from './turn-context.ts'

/** Hosts that one question may be about. */
const MOST_HOSTS = 8

export interface HostQuestion {
  reason: string
  /** As rules. */
  hosts: string[]
  explained: Explained
}

/**
 * What a person is to be asked after a call that was not let out to a host. A host that the gate would deny is none of it.
 * @param call with the labels that the conversation had before: what the call brought had no part in it
 * @param printed what it ended with: where it went well and says nothing of a host, the host was of no matter
 * @param labels what the conversation has now
 */
export async function hostQuestion(
  { gate, refusedHosts }: Pick<TurnContext, 'gate' | 'refusedHosts'>,
  call: Call,
  printed: { text: string; isError: boolean },
  labels: readonly TaintMark[],
): Promise<HostQuestion | undefined> {
  const refused = await refusedHosts.take(call.sessionId)
  const hosts = new Set<string>()
  const names = new Set<string>()
  let taints = labelsMeet(labels) ? [...labels] : undefined
  for (const { host, rule, url } of refused) {
    if (hosts.size === MOST_HOSTS || !(printed.isError || printed.text.includes(host))) continue
    const judged = await gate.explain({ ...call, tool: 'web_fetch', tier: 'net', args: { url }, title: url, outward: true })
    if (judged.effect === 'deny') continue
    taints ??= judged.taints
    hosts.add(rule)
    names.add(host)
  }
  if (hosts.size === 0) return undefined
  const { reach, taints: own } = await gate.explain(call)
  const all = [...new Set([...(reach?.hosts ?? []), ...names])]
  const again = call.tier === 'exec' ? 'What it did already, it does again.' : ''
  return {
    reason: `it was not let out to ${[...hosts].join(', ')}; with a yes it runs again. ${again}`.trim(),
    hosts: [...hosts],
    explained: {
      effect: 'ask',
      reason: '',
      reach: { paths: [], programs: [], ...reach, hosts: all, outward: true },
      ...((taints ?? own) && { taints: taints ?? own! }),
    },
  }
}
