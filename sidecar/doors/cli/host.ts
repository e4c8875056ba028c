import type { Client } from '../../contract/index.ts'
import type { Interrupts } from './interrupts.ts'

/** A sidecar in this process. */
export interface OwnSidecar {
  client(): Promise<Client>
  readonly url: string | null
  link(): string | null
  stop(): Promise<void>
  /** Stops once no other client is connected. @param onWait called when there is somebody to wait for */
  drain(onWait: (clients: number) => void): Promise<void>
  readonly stopped: Promise<void>
}

export interface StartOptions {
  env: NodeJS.ProcessEnv
  overrides: Record<string, unknown>
  /** How long another Oxbow in this home may take to end, in milliseconds. */
  waitMs: number
}

/** Streams of the person: `process`, or a test's own. */
export interface Terminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/** What every command works with. */
export interface Host {
  env: NodeJS.ProcessEnv
  cwd: string
  terminal: Terminal
  interrupts: Interrupts
  startOwn(options: StartOptions): Promise<OwnSidecar>
  /** A line for the answer. */
  print(line: string): void
  /** A line beside the answer. */
  note(line: string): void
}
