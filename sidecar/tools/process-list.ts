import { z } from 'zod'
import type { ProcessInfo } from '../contract/index.ts'
import type { ProcessHost } from './process-host.ts'
import { headOf } from './text.ts'
import type { Tool } from './tool.ts'

const input = z.strictObject({})

/** The processes this agent has going. */
export const createProcessList = (processes: ProcessHost): Tool<z.infer<typeof input>> => ({
  name: 'process_list',
  description: 'Lists the background processes that were started in this session with exec, running and ended.',
  tier: 'read',
  input,
  timeoutMs: 10_000,
  title: () => 'list background processes',
  async run(_input, { sessionId }) {
    const lines = processes.list(sessionId).map((process) => `${process.id}  ${stateOf(process)}  ${oneLine(process.command)}`)
    return { text: lines.length === 0 ? 'There are no background processes.' : lines.join('\n'), isError: false }
  },
})

/** How a process does, in a word or two. */
export function stateOf({ ended, takenOver }: ProcessInfo): string {
  if (!ended) return takenOver ? 'running (a person has taken it over)' : 'running'
  if (ended.killed) return 'killed'
  return ended.code === null ? `ended by ${ended.signal}` : `exit code ${ended.code}`
}

/** A command for one line. */
export const oneLine = (command: string): string => headOf(command.trim().replaceAll(/\s*\n\s*/g, ' ⏎ '), 300)
