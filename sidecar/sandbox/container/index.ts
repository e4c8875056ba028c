export * from './container-sandbox.ts'
export type { OnProgress } from './image.ts'
export { CONTAINER_DEFAULTS, type ContainerSettings } from './settings.ts'
