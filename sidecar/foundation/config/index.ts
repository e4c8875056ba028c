export { loadConfig, loadWorkspacePolicy, type Sources } from './load.ts'
export type { Config } from './schema.ts'
export { listSettings, removeTable, setSetting, settingIn, takeUpSetting } from './settings.ts'
