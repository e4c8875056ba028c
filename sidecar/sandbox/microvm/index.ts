export * from './microvm-sandbox.ts'
export type { MicrovmSettings } from './settings.ts'
