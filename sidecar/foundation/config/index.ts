export { loadConfig, loadWorkspacePolicy, type Sources } from './load.ts'
export type { Config } from './schema.ts'
export { listSettings, setSetting } from './settings.ts'
