import { z } from 'zod'
import { ProcessId } from '../contract/index.ts'
import type { ProcessHost } from './process-host.ts'
import { oneLine } from './process-list.ts'
import type { Tool } from './tool.ts'

/** A process that does not read may hold a call this long. */
const TIMEOUT_MS = 20_000

/** Keys that end or halt what runs, or say that there is no more: alone they change no line. */
const ALONE = new Set(['\u0003', '\u0004', '\u001a', '\u001c'])
/** Keys with which lines are edited. */
const EDITING = /(?![\r\n])\p{Cc}/u

const input = z.strictObject({
  id: ProcessId.describe('The id that exec gave.'),
  keys: z.string().min(1).max(64_000).describe('What to type; end a line with a newline. In a terminal \\u0003 is Ctrl-C.'),
})

/** Types into a background process. The gate judges what is typed as it judges commands: it may be a shell that reads it. */
export const createProcessWrite = (processes: ProcessHost): Tool<z.infer<typeof input>> => ({
  name: 'process_write',
  description: 'Writes to the input of a background process, as if it were typed.',
  tier: 'exec',
  input,
  timeoutMs: TIMEOUT_MS,
  unclear: ({ id, keys }, { sessionId }) => {
    if (ALONE.has(keys)) return undefined
    if (EDITING.test(keys)) return 'It types keys that change what stands there.'
    const part = processes.isTyping(sessionId, id) || !/[\r\n]$/.test(keys)
    return part ? 'It types a part of a line, of which nobody can tell yet what it becomes.' : undefined
  },
  title: ({ id, keys }) => `type into ${id}: ${oneLine(keys)}`,
  async run({ id, keys }, { sessionId }) {
    await processes.write(sessionId, id, keys)
    return { text: 'Written. Read what it answers with process_read.', isError: false }
  },
})
