/** The settings of the microvm tier, `sandbox.microvm.*`. */
export interface MicrovmSettings {
  memoryMb: number
  /** An emulated machine has one, whatever is set. */
  cpus: number
  maxProcesses: number
  /** `none`: BusyBox alone. Else a folder, a tar archive (`docker export`, `docker save`), or a container image by name, with the guest's programs. */
  root?: string | undefined
  /** The packages whose programs the guest has, where `root` names nothing. */
  packages?: readonly string[] | undefined
  /** A kernel, with the folder of its modules, in place of the system's. */
  kernel?: string | undefined
  modules?: string | undefined
  /** A static BusyBox in place of the system's. */
  busybox?: string | undefined
}

export const MICROVM_DEFAULTS: MicrovmSettings = { memoryMb: 1024, cpus: 2, maxProcesses: 512 }
