export type { RootWish } from './build.ts'
export type { ImageManifest } from './image.ts'
export * from './microvm-sandbox.ts'
export { MICROVM_DEFAULTS, type MicrovmSettings } from './settings.ts'
