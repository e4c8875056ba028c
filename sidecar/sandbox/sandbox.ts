import type { Isolation, SandboxProfile, Widening } from '../contract/index.ts'

/** How a process in a box ended. `code` is null when a signal ended it. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** `disk`: it brought what is free on the workspace's volume below its floor. */
  reason: 'exit' | 'timeout' | 'cancelled' | 'disk'
  /** The proxy let something through to it from beyond this computer. */
  carried?: boolean
}

export interface BoxCommand {
  /** A line for `bash -c`. */
  command: string
  /** Absolute, inside the workspace. */
  cwd: string
  timeoutMs: number
  signal: AbortSignal
  /** A file outside that a person allowed to this command, in boxes that can be `widened`. It is there. */
  widen?: Widening
  /** Host rules that a person lent to this command: nothing else in the box gets them. */
  lent?: readonly string[] | undefined
  /**
   * Called with what the process prints, stdout and stderr interleaved, decoded on character boundaries. While a returned
   * promise is pending nothing more is read, so a flood waits in the pipe and never in memory.
   */
  onOutput(text: string): void | Promise<void>
}

export interface BoxStart {
  /** A line for `bash -c`. */
  command: string
  /** Absolute, inside the workspace. */
  cwd: string
  /** Gives it a terminal of its own of this size; without one its input and output are pipes. */
  terminal?: { columns: number; rows: number }
  /** A person's own: hosts that are allowed later count for it, too. */
  byPerson?: boolean
  /** As for `BoxCommand`. If it fails, the process ends. */
  onOutput(text: string): void | Promise<void>
}

/** A process that goes on in a box until it ends, is killed, or the box closes. */
export interface BoxProcess {
  /** Settles when the whole process tree is dead and its output was handed on; never fails. */
  readonly exit: Promise<Exit>
  /** Whether the proxy has let something through to it from beyond this computer. */
  readonly carried: boolean
  /** Waits while the process does not read. @throws OxbowError `process.ended` */
  write(data: string): Promise<void>
  /** Does nothing without a terminal. */
  resize(columns: number, rows: number): void
  /** Settles when the whole process tree is dead. */
  kill(): Promise<void>
}

/**
 * An opened sandbox for one workspace. Commands may write only in the workspace and in `tmp`.
 * Its file face lets through exactly what its processes could reach.
 */
export interface Box {
  readonly tier: Isolation
  /** Canonical absolute path. */
  readonly workspace: string
  /** Private temp folder, removed by `close`. */
  readonly tmp: string
  /** Whether one command in it can be given a file that lies outside. */
  readonly canWiden: boolean
  /** The folder shared between agents, where the box has it. */
  readonly shared?: string | undefined
  /** Runs to the end; the whole process tree is dead when this settles. */
  run(command: BoxCommand): Promise<Exit>
  /** Starts what goes on by itself. Settles when it was started. @throws OxbowError `sandbox.start` */
  start(command: BoxStart): Promise<BoxProcess>
  /** Resolves a path a model named to a real one inside the workspace. @throws OxbowError `path.*` */
  resolve(path: string, use: 'read' | 'write'): Promise<string>
  /** Ends every process in it first. */
  close(): Promise<void>
}

/** Whether this kind of isolation can run here, and what a person should know of how; if not, why, and the command that mends it. */
export type Readiness = { ready: true; warning?: string } | { ready: false; reason: string; mend: string }

export interface BoxOptions {
  /** Whose box it is, so that what a tier makes for it outside this process can be found and named. */
  session?: string
  /** What commands see and reach, in tiers that know profiles. */
  profile?: SandboxProfile
}

export interface Preparation {
  /** Told each line of what is done. */
  onProgress(line: string): void
  signal: AbortSignal
}

export interface Sandbox {
  readonly tier: Isolation
  /** Makes what the tier needs and can make here, an image for example. @returns what was made. Absent: there is nothing */
  prepare?(how: Preparation): Promise<string>
  /** Cheap once it was ready; probes again after a failure, so that installing what is missing helps at once. */
  readiness(): Promise<Readiness>
  /** @throws OxbowError `sandbox.workspace` when the folder is missing or is one that must never be a workspace */
  open(workspace: string, options?: BoxOptions): Promise<Box>
  /** Ends what all boxes share. Boxes are closed before. */
  close(): Promise<void>
}
