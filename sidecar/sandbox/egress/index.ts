export * from './egress.ts'
export type { Limits } from './limits.ts'
export type { Resolve } from './lookup.ts'
export type { Refused } from './refused.ts'
