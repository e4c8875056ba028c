import { edit } from './edit.ts'
import { createExec } from './exec.ts'
import { createFind } from './find.ts'
import { createGrep } from './grep.ts'
import { ls } from './ls.ts'
import type { OpenMemory } from './memory-open.ts'
import { createMemoryTools } from './memory-tools.ts'
import type { ProcessHost } from './process-host.ts'
import { createProcessTools } from './process-tools.ts'
import { read } from './read.ts'
import { createRunCode, type SnippetHost } from './run-code.ts'
import type { Tool } from './tool.ts'
import { findRipgrep } from './walk.ts'
import type { OpenWeb } from './web/web.ts'
import { createWebFetch } from './web-fetch.ts'
import { write } from './write.ts'

export interface ToolsOptions {
  /** Path of ripgrep; `null` to do without. Default: the installed one. */
  ripgrep?: string | null
  /** Absent: without memory. */
  memory?: OpenMemory
  /** Whether the calendar lies where other programs read it. Default: no. */
  calendarGoesOut?: boolean
  /** Absent: without background processes. */
  processes?: ProcessHost
  /** Absent: without the web. */
  web?: OpenWeb
  /** Absent: without snippets. */
  snippets?: SnippetHost
}

/** The tools every agent has. */
export function createTools(options: ToolsOptions = {}): Tool[] {
  const { ripgrep = findRipgrep() ?? null, memory, calendarGoesOut = false, processes, web, snippets } = options
  const search = ripgrep ?? undefined
  return [
    ls,
    read,
    createFind(search),
    createGrep(search),
    write,
    edit,
    createExec(processes),
    ...(processes ? createProcessTools(processes) : []),
    ...(snippets ? [createRunCode(snippets)] : []),
    ...(web ? [createWebFetch(web)] : []),
    ...(memory ? createMemoryTools(memory, calendarGoesOut) : []),
  ]
}
