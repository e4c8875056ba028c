import type { Simulation } from './procedures/policy.ts'
import type { PolicyRule } from './rules.ts'
import { onOneLine } from './visible.ts'

/** A rule in words: `deny program ssh in /home/ada/work: no remote shells`. */
export function ruleInWords({ effect, reason, workspace, ...named }: PolicyRule): string {
  const what = Object.entries(named).map(([key, value]) => `${key} ${value}`)
  const where = workspace === undefined ? '' : ` in ${workspace}`
  return `${effect} ${what.join(', ') || 'everything'}${where}${reason ? `: ${reason}` : ''}`
}

/** What a change would have meant, in a sentence: `This would have changed 3 of the newest 2,000 calls of the past 7 days.` */
export function simulationInWords({ calls, more, changed }: Simulation, days = 7): string {
  return `This would have changed ${changed} of ${more ? 'the newest ' : ''}${calls.toLocaleString('en-US')} calls of the past ${days} days.`
}

/** The calls that could not be judged, in a line for each workspace: `2 calls in /home/ada/work cannot be judged: …`. */
export const unjudgedInWords = ({ unjudged }: Simulation): string[] =>
  unjudged.map(({ workspace, calls, reason }) =>
    onOneLine(`${calls} ${calls === 1 ? 'call' : 'calls'} in ${workspace} cannot be judged: ${reason}`),
  )
