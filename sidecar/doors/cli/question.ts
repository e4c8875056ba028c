import {
  type Approval,
  askedFor,
  callParts,
  coverageOf,
  onOneLine,
  planFacts,
  ruleInWords,
  visible,
} from '../../contract/index.ts'

/** A question as the terminal shows it: all that a yes allows, to the letter. What the agent wrote is set in, so that it passes for no line of ours. */
export function questionLines(approval: Approval): string[] {
  const { reason, taints = [], diff } = approval
  const { verb, about } = askedFor(approval)
  return [
    onOneLine(`May the agent ${verb}${about === undefined ? '' : `: ${about}`}? (${reason})`),
    ...callLines(approval),
    ...(diff ? indented('  ', diff.diff) : []),
    ...planFacts(approval).flatMap(([name, value]) => named(name, value)),
    ...taints.flatMap(({ label, source, reason: why }) => named(label, `${source} (${why})`)),
  ]
}

/** What "always" would grant or save. */
export function alwaysLines(approval: Approval): string[] {
  const { onceOnly, rules } = approval
  if (onceOnly) return ['This can be allowed once only.']
  if (!rules) return [onOneLine(`Always would allow ${coverageOf(approval)}.`)]
  return [
    onOneLine(`Always would allow ${coverageOf(approval)}, or save:`),
    ...rules.map((rule) => `  ${onOneLine(ruleInWords(rule))}`),
  ]
}

function callLines({ args, diff }: Approval): string[] {
  const { command, old, fresh, rest } = callParts(args)
  return [
    ...(command === undefined ? [] : indented('  $ ', command)),
    ...rest.flatMap(([name, value]) => named(name, value)),
    ...(old === undefined ? [] : indented('  - ', old)),
    // A change that is told whole says what comes as well.
    ...(fresh === undefined || (diff && !diff.cut) ? [] : indented('  + ', fresh)),
  ]
}

const named = (name: string, value: string): string[] => indented(`  ${onOneLine(name)}: `, value, '    ')

/** Each line of a text, the first behind its sign. */
function indented(sign: string, text: string, further = sign): string[] {
  return visible(text)
    .split(/\r?\n/)
    .map((line, at) => `${at === 0 ? sign : further}${line}`)
}
