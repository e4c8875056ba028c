/** Languages of snippets. */
export type SnippetLanguage = 'javascript' | 'python'

/** Code that runs by itself: it gets `data`, prints, and reaches nothing else. */
export interface Snippet {
  language: SnippetLanguage
  code: string
  /** JSON; the snippet finds its value as `data`. */
  data?: string | undefined
  /** How long it may run, in milliseconds. */
  deadlineMs: number
}

export interface SnippetResult {
  /** What it printed, bounded. */
  output: string
  /** It printed more than is kept. */
  cut: boolean
  /** The value of its last expression, as text; JavaScript only. */
  value?: string
  /** Why it did not end well: its own error, or the bound that it met. */
  error?: string
}

/** An engine that was made for one snippet, and is thrown away after it. */
export interface Engine {
  /** Never throws for what the snippet does. */
  run(snippet: Snippet): SnippetResult | Promise<SnippetResult>
}

/** The most a snippet may hold, in bytes: all memory of its engine. */
export const MEMORY_BYTES = 64 * 1024 * 1024
export const PAGE_BYTES = 64 * 1024
/** The most that is kept of what it prints, and of a value, in characters. */
export const OUTPUT_UNITS = 64 * 1024
export const VALUE_UNITS = 16 * 1024

/** Worker's side of the talk: one snippet at a time. */
export interface SnippetRequest {
  id: number
  snippet: Snippet
}
export type SnippetReply = { id: number; result: SnippetResult } | { id: number; fault: string }
