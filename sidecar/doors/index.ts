export * from './http/index.ts'
export * from './lazy-router.ts'
export * from './port.ts'
export type { Services } from './services.ts'
