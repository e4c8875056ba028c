export * from './container-sandbox.ts'
export { findEngine } from './engine.ts'
export { saveImage } from './image.ts'
export { CONTAINER_DEFAULTS, type ContainerSettings } from './settings.ts'
