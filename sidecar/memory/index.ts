export { type MemoryOptions, MemoryRoom } from './room.ts'
export type { Note } from './scratchpad.ts'
