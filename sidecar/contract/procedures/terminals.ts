import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { ProcessId, SessionId } from '../ids.ts'
import { ProcessInfo, ProcessItem, TerminalSize } from '../processes.ts'
import { base } from './base.ts'

const Ref = z.object({ id: ProcessId })
const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['terminals'] })

/** A person's own terminals in a session's box, and the processes its agent started there. */
export const terminals = {
  open: route('POST', '/sessions/{sessionId}/terminals', 'Open a terminal in the session’s box')
    .input(TerminalSize.extend({ sessionId: SessionId }))
    .output(ProcessInfo),
  list: route('GET', '/terminals', 'Terminals and background processes, oldest first')
    .input(z.object({ sessionId: SessionId.optional() }))
    .output(z.object({ processes: z.array(ProcessInfo) })),
  /** What is kept of the output since `from`, then what comes; ends when the process does. */
  watch: route('GET', '/terminals/{id}/watch', 'Follow the output of a process')
    .input(
      Ref.extend({
        from: z.coerce.number().int().nonnegative().default(0),
        /** False: only what is there already. */
        follow: z.union([z.boolean(), z.stringbool()]).default(true),
      }),
    )
    .output(eventIterator(ProcessItem)),
  write: route('POST', '/terminals/{id}/write', 'Type into a process')
    .input(
      Ref.extend({
        data: z.string().max(64 * 1024),
        /** Take over what an agent started; without it that can only be read. */
        takeOver: z.boolean().default(false),
      }),
    )
    .output(z.object({})),
  resize: route('POST', '/terminals/{id}/resize', 'Change the size of a terminal')
    .input(Ref.extend(TerminalSize.shape))
    .output(z.object({})),
  close: route('POST', '/terminals/{id}/close', 'End a process with all it started, and forget its output')
    .input(Ref)
    .output(z.object({})),
}
