import type { Command } from 'commander'
import type { Commands } from './command-set.ts'
import type { Host } from './host.ts'

/** The commands, each loaded when it is called. @param program the parsed command line, for completion */
export function createCommands(host: Host, program: () => Command): Commands {
  const sessions = () => import('./commands/sessions.ts')
  const approvals = () => import('./commands/approvals.ts')
  const policy = () => import('./commands/policy.ts')
  const taint = () => import('./commands/taint.ts')
  const hosts = () => import('./commands/hosts.ts')
  const secrets = () => import('./commands/secrets.ts')
  const sandbox = () => import('./commands/sandbox.ts')
  const providers = () => import('./commands/providers.ts')
  const audit = () => import('./commands/audit.ts')
  const config = () => import('./commands/config.ts')
  const memory = () => import('./commands/memory.ts')
  const knowledge = () => import('./commands/knowledge.ts')
  const calendar = () => import('./commands/calendar.ts')
  const memoryLearning = () => import('./commands/memory-learning.ts')
  const memoryDreams = () => import('./commands/memory-dreams.ts')
  const memoryFiles = () => import('./commands/memory-files.ts')
  const budget = () => import('./commands/budget.ts')
  const terminal = () => import('./commands/terminal.ts')
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
      space: async (id, space) => (await sessions()).space(host, id, space),
    },
    approvals: {
      list: async (options) => (await approvals()).list(host, options),
      answer: async (id, answer, options) => (await approvals()).answer(host, id, answer === 'yes', options),
      grants: async (options) => (await approvals()).grants(host, options),
      revoke: async (id) => (await approvals()).revoke(host, id),
    },
    policy: {
      list: async (options) => (await policy()).list(host, options),
      add: async (effect, options) => (await policy()).add(host, effect, options),
      remove: async (index) => (await policy()).remove(host, index),
      explain: async (command, options) => (await policy()).explain(host, command, options),
      simulate: async (effect, options) => (await policy()).simulate(host, effect, options),
    },
    taint: {
      list: async (session, options) => (await taint()).list(host, session, options),
      clear: async (session, options) => (await taint()).clear(host, session, options),
      files: async (options) => (await taint()).files(host, options),
      trust: async (path) => (await taint()).trust(host, path),
    },
    hosts: {
      list: async (options) => (await hosts()).list(host, options),
      allow: async (name, options) => (await hosts()).allow(host, name, options),
      remove: async (id) => (await hosts()).remove(host, id),
    },
    secrets: {
      list: async (options) => (await secrets()).list(host, options),
      set: async (name, options) => (await secrets()).set(host, name, options),
      remove: async (name) => (await secrets()).remove(host, name),
    },
    sandbox: {
      list: async (options) => (await sandbox()).list(host, options),
      profiles: async (options) => (await sandbox()).profiles(host, options),
      set: async (what, value) => (await sandbox()).set(host, what, value),
      build: async (tier) => (await sandbox()).build(host, tier),
      use: async (tier, { session }) => (await sandbox()).use(host, tier, session),
    },
    vault: {
      list: async (path, options) => (await sandbox()).listVault(host, path, options),
      copy: async (from, options) => (await sandbox()).copyFromVault(host, from, options),
    },
    models: async (options) => (await import('./commands/models.ts')).models(host, options),
    providers: {
      list: async (options) => (await providers()).list(host, options),
      add: async (id, options) => (await providers()).add(host, id, options),
      test: async (id, options) => (await providers()).test(host, id, options),
      remove: async (id) => (await providers()).remove(host, id),
    },
    usage: async (options) => (await import('./commands/usage.ts')).usage(host, options),
    budget: {
      list: async (options) => (await budget()).list(host, options),
      set: async (what, size, unit, options) => (await budget()).set(host, what, size, unit, options),
      reset: async (id) => (await budget()).reset(host, id),
      remove: async (id) => (await budget()).remove(host, id),
    },
    memory: {
      list: async (options) => (await memory()).list(host, options),
      search: async (query, options) => (await memory()).search(host, query.join(' '), options),
      add: async (text, options) => (await memory()).add(host, text.join(' '), options),
      edit: async (id, text, options) => (await memory()).edit(host, id, text.join(' '), options),
      merge: async (ids, options) => (await import('./commands/memory-merge.ts')).merge(host, ids, options),
      digests: async (id, options) => (await import('./commands/memory-merge.ts')).digests(host, id, options),
      history: async (id, options) => (await memory()).history(host, id, options),
      forget: async (ids, options) => (await memory()).forget(host, ids, options),
      import: async (file, options) => (await memoryFiles()).importFile(host, file, options),
      export: async (file, options) => (await memoryFiles()).exportFile(host, file, options),
      stats: async (options) => (await memory()).stats(host, options),
      show: async (id, options) => (await memoryLearning()).show(host, id, options),
      learn: async (options) => (await memoryLearning()).learn(host, options),
      questions: async (options) => (await memoryLearning()).questions(host, options),
      answer: async (id, answer) => (await memoryLearning()).answer(host, id, answer),
      dream: async (options) => (await memoryDreams()).dream(host, options),
      dreams: async (id, options) => (await memoryDreams()).dreams(host, id, options),
      undo: async (id, changes) => (await memoryDreams()).undo(host, id, changes),
      reindex: async () => (await memory()).reindex(host),
      embedder: async (choice, options) => (await import('./commands/memory-embedder.ts')).embedder(host, choice, options),
    },
    knowledge: {
      list: async (options) => (await knowledge()).list(host, options),
      search: async (query, options) => (await knowledge()).search(host, query.join(' '), options),
      show: async (path, options) => (await knowledge()).show(host, path, options),
      add: async (files, options) => (await knowledge()).add(host, files, options),
      links: async (path, options) => (await knowledge()).links(host, path, options),
    },
    calendar: {
      list: async (options) => (await calendar()).list(host, options),
      add: async (title, options) => (await calendar()).add(host, title.join(' '), options),
      edit: async (id, title, options) => (await calendar()).edit(host, id, title.join(' '), options),
      remove: async (id, options) => (await calendar()).remove(host, id, options),
    },
    audit: {
      list: async (options) => (await audit()).list(host, options),
      show: async (position, options) => (await audit()).show(host, position, options),
      verify: async (file, options) => (await audit()).verify(host, file, options),
      export: async (file, options) => (await audit()).exportTo(host, file, options),
      prove: async (position, { since }) => (await audit()).prove(host, position, since),
      seal: async (options) => (await audit()).seal(host, options),
    },
    terminal: async (options) => (await terminal()).terminal(host, options),
    processes: {
      list: async (options) => (await terminal()).list(host, options),
      read: async (id, options) => (await terminal()).read(host, id, options),
      kill: async (id) => (await terminal()).kill(host, id),
    },
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
