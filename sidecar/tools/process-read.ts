import { z } from 'zod'
import { ProcessId } from '../contract/index.ts'
import type { ProcessHost } from './process-host.ts'
import { stateOf } from './process-list.ts'
import { headOf, MOST_BYTES } from './text.ts'
import type { Tool } from './tool.ts'

const MOST_WAIT_SECONDS = 60
/** Kept free for the lines about place and state. */
const ENDING_BYTES = 400

const input = z.strictObject({
  id: ProcessId.describe('The id that exec gave.'),
  from: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Read from this place (characters since its start). Default: what is new since the last read.'),
  waitSeconds: z
    .number()
    .int()
    .min(0)
    .max(MOST_WAIT_SECONDS)
    .optional()
    .describe('Wait this long for new output, or for its end. Default: 0.'),
})

/** New output of a background process. */
export const createProcessRead = (processes: ProcessHost): Tool<z.infer<typeof input>> => ({
  name: 'process_read',
  description: 'Reads what a background process has printed since the last read, and says whether it still runs.',
  tier: 'read',
  input,
  timeoutMs: (MOST_WAIT_SECONDS + 10) * 1000,
  title: ({ id }) => `read process ${id}`,
  async run({ id, from, waitSeconds = 0 }, { sessionId, signal }) {
    const place = from ?? processes.place(sessionId, id)
    if (waitSeconds > 0) await processes.settle(sessionId, id, place, waitSeconds * 1000, signal)
    const { text: output, from: start, spool, untrusted } = processes.read(sessionId, id, place, MOST_BYTES)
    // What does not fit is left for the next read.
    const text = headOf(output, MOST_BYTES - ENDING_BYTES)
    const to = start + text.length
    if (from === undefined) processes.setPlace(sessionId, id, to)
    const process = processes.list(sessionId).find((one) => one.id === id)
    const lost = start > place ? [`[characters ${place} to ${start} are not kept here any more; the whole is in ${spool}]`] : []
    const more = process && process.kept.to > to ? [`[more follows from ${to}]`] : []
    const state = process ? [`[${stateOf(process)}; read up to ${to}]`] : []
    const body = text === '' ? '(nothing new)' : text.toWellFormed().replace(/\n$/, '')
    return { text: [...lost, body, '', ...more, ...state].join('\n'), isError: false, untrusted }
  },
})
