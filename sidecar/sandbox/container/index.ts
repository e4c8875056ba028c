export * from './container-sandbox.ts'
export { CONTAINER_DEFAULTS, type ContainerSettings } from './settings.ts'
