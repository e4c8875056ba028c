export interface SessionOptions {
  session?: string
  model?: string
  mode?: 'ask' | 'auto-edit' | 'auto'
  workspace?: string
  sandbox?: 'host' | 'process' | 'container' | 'microvm'
  space?: string
}
export interface RunOptions extends SessionOptions {
  json?: boolean
  contextFile?: string[]
  attach?: string[]
  exitCode?: boolean
}
export interface JsonOption {
  json?: boolean
}
export interface SandboxOptions extends JsonOption {
  session?: string
}
export interface AuditFilterOptions {
  session?: string
  agent?: string
  tool?: string
  kind?: string
  decision?: string
  since?: string
  until?: string
}
export interface AuditListOptions extends AuditFilterOptions, JsonOption {
  limit: number
  follow?: boolean
}
export interface AuditVerifyOptions extends JsonOption {
  key?: string
  against?: string
}
export interface ModelsOptions extends JsonOption {
  refresh?: boolean
  health?: boolean
  provider?: string
  capability?: string
  search?: string
}
export interface ProviderOptions {
  type?: string
  baseUrl?: string
  model?: string[]
  /** False where no key shall be asked for. */
  key?: boolean
}
export interface RuleOptions {
  tool?: string
  program?: string
  path?: string
  workspace?: string
  host?: string
  session?: string
  space?: string
  reason?: string
}
export interface SimulateOptions extends RuleOptions, JsonOption {
  remove?: number[]
  role?: 'reader' | 'worker' | 'operator' | 'owner'
  days: number
}
export interface ExplainOptions extends JsonOption {
  tool?: string
  args?: string
  workspace?: string
  mode?: 'ask' | 'auto-edit' | 'auto'
  session?: string
}
export interface HostOptions {
  /** True: the current folder. */
  workspace?: string | true
  session?: string
}
export interface SecretOptions {
  host: string[]
  /** False where the value there is stays. */
  value?: boolean
}
export interface AnswerOptions {
  scope: 'once' | 'session' | 'always'
  rules?: boolean
  note?: string
}

export interface UsageOptions extends JsonOption {
  by: 'day' | 'month' | 'model' | 'agent' | 'session'
  from?: string
  to?: string
  csv?: boolean
}
export interface BudgetOptions {
  per?: 'day' | 'month'
  unpriced: 'refuse' | 'allow'
}

export interface MemoryFilter extends JsonOption {
  space?: string
  type?: string
  tag?: string[]
  limit?: number
}
export interface MemorySearchOptions extends MemoryFilter {
  queries?: string
  asOf?: string
  episodes?: boolean
}
export interface MemoryFields {
  space?: string
  type?: string
  tag?: string[]
  importance?: number
  protection?: string
  pin?: boolean
  since?: string
}
export interface ForgetOptions {
  query?: string
  space?: string
  from?: string
  to?: string
  dryRun?: boolean
  yes?: boolean
}

export interface EventOptions {
  start: string
  end?: string
  zone?: string
  location?: string
  description?: string
  rule?: string
  file?: string
}

export interface TerminalOptions extends Pick<SessionOptions, 'session' | 'workspace'> {
  attach?: string
  takeOver?: boolean
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
    space(id: string, space: string): Promise<number>
  }
  approvals: {
    list(options: JsonOption): Promise<number>
    answer(id: string, answer: 'yes' | 'no', options: AnswerOptions): Promise<number>
    grants(options: JsonOption): Promise<number>
    revoke(id: number): Promise<number>
  }
  policy: {
    list(options: JsonOption): Promise<number>
    add(effect: 'allow' | 'ask' | 'deny', options: RuleOptions): Promise<number>
    remove(index: number): Promise<number>
    explain(command: string[], options: ExplainOptions): Promise<number>
    simulate(effect: 'allow' | 'ask' | 'deny' | undefined, options: SimulateOptions): Promise<number>
  }
  taint: {
    list(session: string, options: JsonOption): Promise<number>
    clear(session: string, options: { label?: 'untrusted' | 'private' }): Promise<number>
    files(options: JsonOption): Promise<number>
    trust(path: string): Promise<number>
  }
  hosts: {
    list(options: JsonOption): Promise<number>
    allow(host: string, options: HostOptions): Promise<number>
    remove(id: number): Promise<number>
  }
  secrets: {
    list(options: JsonOption): Promise<number>
    set(name: string, options: SecretOptions): Promise<number>
    remove(name: string): Promise<number>
  }
  sandbox: {
    list(options: SandboxOptions): Promise<number>
    profiles(options: SandboxOptions): Promise<number>
    set(what: 'tier' | 'profile', value: string): Promise<number>
    build(tier: NonNullable<SessionOptions['sandbox']>): Promise<number>
    use(tier: NonNullable<SessionOptions['sandbox']> | 'default', options: { session: string }): Promise<number>
  }
  vault: {
    list(path: string | undefined, options: JsonOption): Promise<number>
    copy(from: string, options: { session: string; to?: string; overwrite?: boolean }): Promise<number>
  }
  models(options: ModelsOptions): Promise<number>
  providers: {
    list(options: JsonOption): Promise<number>
    add(id: string, options: ProviderOptions): Promise<number>
    test(id: string, options: { model?: string }): Promise<number>
    remove(id: string): Promise<number>
  }
  usage(options: UsageOptions): Promise<number>
  budget: {
    list(options: JsonOption): Promise<number>
    set(what: string, size: string, unit: string, options: BudgetOptions): Promise<number>
    reset(id: string): Promise<number>
    remove(id: string): Promise<number>
  }
  memory: {
    list(options: MemoryFilter & { pinned?: boolean; tier?: 'hot' | 'warm' | 'cold' }): Promise<number>
    merge(ids: string[], options: JsonOption & { text?: string; dryRun?: boolean }): Promise<number>
    digests(id: string | undefined, options: JsonOption & { space?: string }): Promise<number>
    search(query: string[], options: MemorySearchOptions): Promise<number>
    add(text: string[], options: MemoryFields & JsonOption): Promise<number>
    edit(id: string, text: string[], options: MemoryFields & JsonOption): Promise<number>
    history(id: string, options: JsonOption): Promise<number>
    forget(ids: string[], options: ForgetOptions): Promise<number>
    import(file: string, options: { space?: string }): Promise<number>
    export(file: string | undefined, options: { space?: string }): Promise<number>
    show(id: string, options: JsonOption): Promise<number>
    learn(options: JsonOption): Promise<number>
    questions(options: JsonOption & { space?: string }): Promise<number>
    answer(id: string, answer: string): Promise<number>
    dream(options: JsonOption & { report?: boolean; minutes?: number }): Promise<number>
    dreams(id: string | undefined, options: JsonOption): Promise<number>
    undo(id: string, changes: string[]): Promise<number>
    stats(options: JsonOption): Promise<number>
    reindex(): Promise<number>
    embedder(choice: string | undefined, options: JsonOption & { url?: string; keyOf?: string }): Promise<number>
  }
  knowledge: {
    list(options: JsonOption & { tag?: string }): Promise<number>
    search(query: string[], options: JsonOption & { limit?: number }): Promise<number>
    show(path: string, options: JsonOption): Promise<number>
    add(files: string[], options: { own?: boolean }): Promise<number>
    links(path: string, options: JsonOption): Promise<number>
  }
  calendar: {
    list(options: JsonOption & { from?: string; to?: string }): Promise<number>
    add(title: string[], options: EventOptions & JsonOption): Promise<number>
    edit(id: string, title: string[], options: Partial<EventOptions> & JsonOption): Promise<number>
    remove(id: string, options: { occurrence?: string }): Promise<number>
  }
  audit: {
    list(options: AuditListOptions): Promise<number>
    show(position: number, options: JsonOption): Promise<number>
    verify(file: string | undefined, options: AuditVerifyOptions): Promise<number>
    export(file: string | undefined, options: AuditFilterOptions): Promise<number>
    prove(position: number | undefined, options: { since?: number }): Promise<number>
    seal(options: JsonOption & { olderThan: number }): Promise<number>
  }
  terminal(options: TerminalOptions): Promise<number>
  processes: {
    list(options: JsonOption & { session?: string }): Promise<number>
    read(id: string, options: { from: number; follow?: boolean }): Promise<number>
    kill(id: string): Promise<number>
  }
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
