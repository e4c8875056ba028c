/** How a process in a box ended. `code` is null when a signal ended it. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  reason: 'exit' | 'timeout' | 'cancelled'
}

export interface BoxCommand {
  /** A line for `bash -c`. */
  command: string
  /** Absolute, inside the workspace. */
  cwd: string
  timeoutMs: number
  signal: AbortSignal
  /**
   * Called with what the process prints, stdout and stderr interleaved, decoded on character boundaries. While a returned
   * promise is pending nothing more is read, so a flood waits in the pipe and never in memory.
   */
  onOutput(text: string): void | Promise<void>
}

/**
 * An opened sandbox for one workspace. Commands may write only in the workspace and in `tmp`.
 * Its file face lets through exactly what its processes could reach.
 */
export interface Box {
  /** Canonical absolute path. */
  readonly workspace: string
  /** Private temp folder, removed by `close`. */
  readonly tmp: string
  /** Runs to the end; the whole process tree is dead when this settles. */
  run(command: BoxCommand): Promise<Exit>
  /** Resolves a path a model named to a real one inside the workspace. @throws OxbowError `path.*` */
  resolve(path: string, use: 'read' | 'write'): Promise<string>
  close(): Promise<void>
}

/** Whether this kind of isolation can run here; if not, why, and the command that mends it. */
export type Readiness = { ready: true } | { ready: false; reason: string; mend: string }

export interface Sandbox {
  readonly tier: 'process'
  /** Cheap once it was ready; probes again after a failure, so that installing what is missing helps at once. */
  readiness(): Promise<Readiness>
  /** @throws OxbowError `sandbox.workspace` when the folder is missing or is one that must never be a workspace */
  open(workspace: string): Promise<Box>
}
