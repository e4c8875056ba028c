export * from './gate.ts'
export * from './grants.ts'
export * from './subject.ts'
