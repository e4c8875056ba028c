import type { Command } from 'commander'
import type { Host } from './host.ts'

export interface SessionOptions {
  session?: string
  model?: string
  mode?: 'ask' | 'auto-edit' | 'auto'
  workspace?: string
}
export interface RunOptions extends SessionOptions {
  json?: boolean
  contextFile?: string[]
  exitCode?: boolean
}
export interface JsonOption {
  json?: boolean
}
export interface AnswerOptions {
  scope: 'once' | 'session' | 'always'
  note?: string
}

/** What the command line can do. Each answers with its exit code. */
export interface Commands {
  run(prompt: string[], options: RunOptions): Promise<number>
  chat(options: SessionOptions): Promise<number>
  serve(options: { port?: number; host?: string }): Promise<number>
  status(options: JsonOption & { link?: boolean }): Promise<number>
  stop(): Promise<number>
  sessions: {
    list(options: JsonOption & { search?: string; archived?: boolean }): Promise<number>
    rename(id: string, title: string[]): Promise<number>
    archive(id: string, options: { undo?: boolean }): Promise<number>
  }
  approvals: {
    list(options: JsonOption): Promise<number>
    answer(id: string, answer: 'yes' | 'no', options: AnswerOptions): Promise<number>
    grants(options: JsonOption): Promise<number>
    revoke(id: number): Promise<number>
  }
  models(options: JsonOption): Promise<number>
  doctor(options: JsonOption): Promise<number>
  config: {
    show(options: JsonOption): Promise<number>
    get(key: string): Promise<number>
    set(key: string, value: string): Promise<number>
    unset(key: string): Promise<number>
    path(): Promise<number>
  }
  completion(shell: 'bash' | 'zsh' | 'fish'): Promise<number>
}

/** The commands, each loaded when it is called. @param program the parsed command line, for completion */
export function createCommands(host: Host, program: () => Command): Commands {
  const sessions = () => import('./commands/sessions.ts')
  const approvals = () => import('./commands/approvals.ts')
  const config = () => import('./commands/config.ts')
  return {
    run: async (prompt, options) => (await import('./commands/run.ts')).run(host, prompt.join(' '), options),
    chat: async (options) => (await import('./commands/chat.ts')).chat(host, options),
    serve: async (options) => (await import('./commands/serve.ts')).serve(host, options),
    status: async (options) => (await import('./commands/status.ts')).status(host, options),
    stop: async () => (await import('./commands/status.ts')).stop(host),
    sessions: {
      list: async (options) => (await sessions()).list(host, options),
      rename: async (id, title) => (await sessions()).rename(host, id, title.join(' ')),
      archive: async (id, { undo }) => (await sessions()).archive(host, id, undo !== true),
    },
    approvals: {
      list: async (options) => (await approvals()).list(host, options),
      answer: async (id, answer, options) => (await approvals()).answer(host, id, answer === 'yes', options),
      grants: async (options) => (await approvals()).grants(host, options),
      revoke: async (id) => (await approvals()).revoke(host, id),
    },
    models: async (options) => (await import('./commands/models.ts')).models(host, options),
    doctor: async (options) => (await import('./commands/doctor.ts')).doctor(host, options),
    config: {
      show: async (options) => (await config()).show(host, options),
      get: async (key) => (await config()).get(host, key),
      set: async (key, value) => (await config()).set(host, key, value),
      unset: async (key) => (await config()).unset(host, key),
      path: async () => (await config()).path(host),
    },
    completion: async (shell) => (await import('./commands/completion.ts')).completion(host, program(), shell),
  }
}
