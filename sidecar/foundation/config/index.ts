export { loadConfig, loadWorkspacePolicy, type Sources } from './load.ts'
export { type Config, DAILY_TOKENS, DREAM_AT, DREAM_TOKENS } from './schema.ts'
export { listSettings, removeTable, setSetting } from './settings.ts'
