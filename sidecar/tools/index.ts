export * from './tool.ts'
