import type { MemoryRoom } from '../memory/index.ts'

/** What the kernel asks of the memory room, which is opened with its first use. */
export interface MemoryPort {
  open(): Promise<MemoryRoom>
  /** Whether anything is remembered; without opening it. */
  any(): boolean
}

/** The space of what sessions learn and recall: a model never names one, so it cannot reach into another. */
export const REACH = { space: 'main', agent: '' } as const
