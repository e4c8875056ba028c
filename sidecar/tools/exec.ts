import { z } from 'zod'
import type { SessionId } from '../contract/index.ts'
import type { Box, Exit } from '../sandbox/index.ts'
import { Capture } from './capture.ts'
import type { ProcessHost } from './process-host.ts'
import { headOf } from './text.ts'
import type { Tool, ToolOutcome } from './tool.ts'

const DEFAULT_SECONDS = 120
const MOST_SECONDS = 600
/** Output that screens see while a command runs, in bytes. */
const MOST_LIVE = 64 * 1024
/** Kept free for the line about how it ended. */
const ENDING_BYTES = 200

const input = z.strictObject({
  command: z.string().min(1).max(100_000).describe('A line for bash, run in the workspace.'),
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(MOST_SECONDS)
    .optional()
    .describe(`Most seconds it may take. Default: ${DEFAULT_SECONDS}.`),
  background: z
    .boolean()
    .optional()
    .describe('Start it and answer at once with its id; it goes on until it ends or is killed, with no time-out.'),
  terminal: z.boolean().optional().describe('With background: give it a terminal, for programs that ask for one.'),
})

const DESCRIPTION =
  'Runs a bash command in the workspace, in a sandbox: it can write only there and in $TMPDIR, has no network unless hosts are allowed, no input and no terminal, and everything it started ends with it. With background it goes on by itself.'

/** @param processes absent: nothing can go on in the background */
export const createExec = (processes: ProcessHost | undefined): Tool<z.infer<typeof input>> => ({
  name: 'exec',
  description: DESCRIPTION,
  tier: 'exec',
  input,
  timeoutMs: (MOST_SECONDS + 10) * 1000,
  title: ({ command }) => command.trim().replaceAll(/\s*\n\s*/g, ' ⏎ '),
  async run(
    { command, timeoutSeconds = DEFAULT_SECONDS, background, terminal = false },
    { sessionId, box, signal, spool, lent, onOutput },
  ) {
    if (background) return startInBackground(processes, sessionId, box, { command, terminal })
    const capture = new Capture(spool)
    const live = liveOutput(onOutput)
    try {
      const exit = await box.run({
        command,
        cwd: box.workspace,
        timeoutMs: timeoutSeconds * 1000,
        signal,
        lent,
        onOutput(text) {
          live(text)
          return capture.take(text)
        },
      })
      const { text, spool: whole } = await capture.finish(ENDING_BYTES)
      const body = text === '' ? '(no output)' : text.replace(/\n$/, '')
      const failed = exit.code !== 0 || exit.reason !== 'exit'
      return {
        text: `${body}\n\n${ending(exit, timeoutSeconds)}`,
        isError: failed,
        ...(whole !== undefined && { spool: whole }),
        ...(exit.carried && { untrusted: true }),
      }
    } finally {
      await capture.close()
    }
  },
})

async function startInBackground(
  processes: ProcessHost | undefined,
  sessionId: SessionId,
  box: Box,
  options: { command: string; terminal: boolean },
): Promise<ToolOutcome> {
  if (!processes) return { text: 'Nothing can run in the background here.', isError: true }
  const { id } = await processes.start(sessionId, box, options)
  return { text: `${id} was started. See it with process_read, process_write, process_kill and process_list.`, isError: false }
}

function ending({ code, signal, reason }: Exit, seconds: number): string {
  if (reason === 'timeout') return `[It did not end within ${seconds} s and was stopped with all it had started.]`
  if (reason === 'disk')
    return '[It was stopped with all it had started: it took nearly all that was free on the disk. Remove what is not needed, and write less.]'
  if (reason === 'cancelled') return '[It was cancelled and stopped with all it had started.]'
  return code === null ? `[It was ended by ${signal}.]` : `[exit code ${code}]`
}

/** Passes output on until a screen has seen enough of it. */
function liveOutput(show: (text: string) => void): (text: string) => void {
  let left = MOST_LIVE
  return (text) => {
    if (left <= 0) return
    const bytes = Buffer.byteLength(text)
    show(bytes <= left ? text : `${headOf(text, left)}\n… more is kept, not shown`)
    left -= bytes
  }
}
