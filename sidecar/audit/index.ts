export * from './decisions.ts'
