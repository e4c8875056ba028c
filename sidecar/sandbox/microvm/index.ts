export * from './microvm-sandbox.ts'
export { MICROVM_DEFAULTS, type MicrovmSettings } from './settings.ts'
