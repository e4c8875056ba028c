import type { MemoryRoom } from '../memory/index.ts'

/** Memory is opened with its first use. */
export type OpenMemory = () => Promise<MemoryRoom>
