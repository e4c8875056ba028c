export * from './http/index.ts'
export * from './port.ts'
export * from './router/index.ts'
export type { Services } from './services.ts'
