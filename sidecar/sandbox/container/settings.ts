/** The settings of the container tier, `sandbox.container.*`. */
export interface ContainerSettings {
  /** Where the engine answers: `unix:///…`, `tcp://…`, `https://…`, `ssh://…`. Looked for when missing. */
  host?: string | undefined
  /** An image by tag or digest. The one that Oxbow builds when missing. */
  image?: string | undefined
  memoryMb: number
  cpus: number
  maxProcesses: number
  /** After so long without a call a box's container is ended; the next call starts another. */
  idleMinutes: number
}

export const CONTAINER_DEFAULTS: ContainerSettings = { memoryMb: 2048, cpus: 2, maxProcesses: 512, idleMinutes: 10 }
