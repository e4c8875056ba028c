export { openFile, openFolder, replaceFile } from './files.ts'
export * from './process-sandbox.ts'
export { findProgram } from './runtime.ts'
export * from './sandbox.ts'
