import { z } from 'zod'
import { ProcessId } from '../contract/index.ts'
import type { ProcessHost } from './process-host.ts'
import { stateOf } from './process-list.ts'
import type { Tool } from './tool.ts'

const input = z.strictObject({ id: ProcessId.describe('The id that exec gave.') })

/** Ends a background process with all it started. */
export const createProcessKill = (processes: ProcessHost): Tool<z.infer<typeof input>> => ({
  name: 'process_kill',
  description: 'Ends a background process with everything it started. Its output can still be read.',
  tier: 'exec',
  input,
  timeoutMs: 20_000,
  title: ({ id }) => `end process ${id}`,
  async run({ id }, { sessionId }) {
    return { text: `${id}: ${stateOf(await processes.kill(sessionId, id))}.`, isError: false }
  },
})
