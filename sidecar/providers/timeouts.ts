/** How long a server may keep us waiting, in milliseconds. */
export interface Timeouts {
  /** From the request to the head of the answer. */
  connectMs: number
  /** Between two pieces of the answer. */
  idleMs: number
  /** For what may follow the reason to stop (usage, the end of the stream). */
  trailMs: number
}

export const remoteTimeouts: Timeouts = { connectMs: 60_000, idleMs: 60_000, trailMs: 1_000 }
/** A server on this computer may load a model and read a long prompt on the CPU before its first byte. */
export const localTimeouts: Timeouts = { connectMs: 300_000, idleMs: 300_000, trailMs: 1_000 }
