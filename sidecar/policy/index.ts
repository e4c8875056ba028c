export * from './gate.ts'
