export * from './spec.ts'
export * from './spool.ts'
export * from './tool.ts'
export * from './tools.ts'
