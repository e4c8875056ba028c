import type { z } from 'zod'
import type { Changed, FileDiff, SafetyTier, SessionId, TaintLabel } from '../contract/index.ts'
import type { Box } from '../sandbox/index.ts'

export interface ToolContext {
  sessionId: SessionId
  /** Of the session: whose memories it may reach. */
  space: string
  box: Box
  /** Whether rules close a file or folder to this call: nobody is shown it. @param place absolute, no link. Absent: none is closed */
  closed?: ((place: string) => boolean) | undefined
  signal: AbortSignal
  /** Where whole outputs go when they are too long for the model; readable by the `read` tool. */
  spool: Spool
  /** What clings to the conversation: what a tool keeps beyond it takes that along. */
  labels: readonly TaintLabel[]
  /** Host rules that a person lent to this call, and to nothing else. */
  lent?: readonly string[] | undefined
  /** Shows live output on screens; bounded by the caller, never part of the result. */
  onOutput(text: string): void
}

/** Keeps the whole of long outputs, bounded: past the bound an output is cut and the oldest outputs go. */
export interface Spool {
  /** @returns the name under which `read` finds it: `spool:<name>` */
  save(text: string): Promise<string>
  /** Starts an output that is kept while it flows. */
  begin(): Promise<SpoolWriter>
  /** Absolute path of a spooled output, named with or without `spool:`. @throws OxbowError `path.notFound` */
  locate(name: string): string
}

export interface SpoolWriter {
  /** `spool:<name>` */
  readonly name: string
  /** Settles when the text is on its way to disk; await it to keep memory flat. */
  write(text: string): Promise<void>
  close(): Promise<void>
}

export interface ToolOutcome {
  /** For the model. At most 16 KiB of UTF-8; the rest is in `spool`. */
  text: string
  isError: boolean
  spool?: string | undefined
  diff?: FileDiff | undefined
  /** Files it shows something of, absolute real paths. */
  files?: readonly string[] | undefined
  /** It holds what others wrote: web pages, mail, results of servers that are not ours. It may ask for anything. */
  untrusted?: boolean | undefined
  /** It holds what should not leave this computer. */
  private?: boolean | undefined
}

/** Something an agent can call. `run` may throw OxbowError; the kernel turns that into a result for the model. */
export interface Tool<Input = unknown> {
  readonly name: string
  readonly description: string
  readonly tier: SafetyTier
  readonly input: z.ZodType<Input>
  /** Whether a call can carry data out of this computer, or act outside of it. Default: commands, where their box has a network. */
  readonly outward?: boolean
  /** What a call changes beyond files of the workspace: the gate asks for it where a mode alone would let it through. Never throws. */
  changes?(input: Input): Changed | undefined
  /** Most time a call may take, in milliseconds. */
  readonly timeoutMs: number
  /** Why nobody can tell before what a call will do; it is asked then in every mode. Absent: one can tell. */
  unclear?(input: Input, of: { sessionId: SessionId }): string | undefined
  /** One line for people: `edit src/app.ts`. Never throws. */
  title(input: Input): string
  /** What it would change in a file that is there, for a person who is asked. Changes nothing. Undefined: nothing would be lost. */
  preview?(input: Input, box: Box): Promise<FileDiff | undefined>
  run(input: Input, context: ToolContext): Promise<ToolOutcome>
}
