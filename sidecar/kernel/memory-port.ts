import { MAIN_SPACE, type SessionView } from '../contract/index.ts'
import type { MemoryReach, MemoryRoom } from '../memory/index.ts'

/** What the kernel asks of the memory room, which is opened with its first use. */
export interface MemoryPort {
  open(): Promise<MemoryRoom>
  /** Whether anything is remembered; without opening it. */
  any(): boolean
}

/**
 * Whose memories a session learns and recalls: those of its space. A person chooses it; a model never names one, so it cannot reach
 * into another.
 */
export const reachOf = ({ summary }: Pick<SessionView, 'summary'>): MemoryReach => ({
  space: summary.space ?? MAIN_SPACE,
  agent: '',
})
