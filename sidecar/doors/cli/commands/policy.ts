import { resolve } from 'node:path'
import { type PolicyRule, ruleInWords, simulationInWords, unjudgedInWords } from '../../../contract/index.ts'
import type { ExplainOptions, JsonOption, RuleOptions, SimulateOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plainLine } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { sessionId } from '../session.ts'
import { table } from '../table.ts'

export async function list(host: Host, { json }: JsonOption): Promise<number> {
  const answer = await withClient(host, (client) => client.policy.rules({ workspace: host.cwd }))
  if (json) host.print(JSON.stringify(answer))
  else if (answer.rules.length === 0) host.note(`There are no rules. They would stand in ${answer.path}.`)
  else
    for (const row of table(
      answer.rules.map((placed) => [String(placed.index), plainLine(ruleInWords(placed.rule)), placed.source]),
    ))
      host.print(row)
  return EXIT.done
}

export async function add(host: Host, effect: PolicyRule['effect'], named: RuleOptions): Promise<number> {
  if (Object.keys(named).every((key) => key === 'reason'))
    throw new UsageError('the rule names nothing', 'Name a tool, program, path or workspace that it is about.')
  const placed = await withClient(host, (client) => client.policy.add({ effect, ...named }))
  host.print(`Rule ${placed.index}: ${plainLine(ruleInWords(placed.rule))}`)
  return EXIT.done
}

export async function remove(host: Host, index: number): Promise<number> {
  await withClient(host, (client) => client.policy.remove({ index }))
  return EXIT.done
}

/** Says what a change would have meant for the calls of the past days. */
export async function simulate(host: Host, effect: PolicyRule['effect'] | undefined, options: SimulateOptions): Promise<number> {
  const { json, days, remove = [], role, ...named } = options
  if (effect === undefined && remove.length === 0 && role === undefined)
    throw new UsageError('there is nothing to simulate', 'For example: oxbow policy simulate deny --program ssh')
  const add = effect === undefined ? [] : [{ effect, ...named }]
  const found = await withClient(host, (client) => client.policy.simulate({ add, remove, days, ...(role && { role }) }))
  if (json) host.print(JSON.stringify(found))
  else {
    host.print(simulationInWords(found, days))
    for (const row of table(found.examples.map(({ before, after, title }) => [`${before} → ${after}`, plainLine(title)])))
      host.print(row)
    for (const line of unjudgedInWords(found)) host.print(line)
  }
  return EXIT.done
}

/** Says what the gate would answer to a command, or to another tool's call. */
export async function explain(host: Host, words: string[], options: ExplainOptions): Promise<number> {
  const { tool = 'exec', args, session, mode, json } = options
  const where = options.workspace ?? (session === undefined ? host.cwd : undefined)
  const call = {
    tool,
    args: args === undefined ? { command: words.join(' ') } : readArgs(args),
    ...(session !== undefined && { sessionId: sessionId(session) }),
    ...(where !== undefined && { workspace: resolve(host.cwd, where) }),
    ...(mode && { mode }),
  }
  const answer = await withClient(host, (client) => client.policy.explain(call))
  if (json) host.print(JSON.stringify(answer))
  else {
    host.print(`${answer.effect}: ${plainLine(answer.reason)}`)
    if (answer.programs?.length) host.print(`programs: ${plainLine(answer.programs.join(', '))}`)
    for (const { label, source, reason } of answer.taints ?? []) host.print(plainLine(`${label}: ${source} (${reason})`))
    if (answer.rule) host.print(`rule ${answer.rule.index} of ${answer.rule.source}: ${plainLine(ruleInWords(answer.rule.rule))}`)
  }
  return EXIT.done
}

function readArgs(text: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(text)
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as Record<string, unknown>
  } catch {}
  throw new UsageError('--args is no JSON object', 'For example: --tool write --args \'{"path":"a.txt","content":""}\'')
}
