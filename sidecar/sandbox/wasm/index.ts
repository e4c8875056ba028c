export { Snippets } from './runner.ts'
export type { SnippetResult } from './snippet.ts'
