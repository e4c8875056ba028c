/** The settings of the microvm tier, `sandbox.microvm.*`. */
export interface MicrovmSettings {
  memoryMb: number
  /** An emulated machine has one, whatever is set. */
  cpus: number
  maxProcesses: number
}

export const MICROVM_DEFAULTS: MicrovmSettings = { memoryMb: 1024, cpus: 2, maxProcesses: 512 }
