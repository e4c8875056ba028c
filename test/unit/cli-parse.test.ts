import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { Commands } from '../../sidecar/doors/cli/command-set.ts'
import { createProgram } from '../../sidecar/doors/cli/command-tree.ts'
import { completionScript } from '../../sidecar/doors/cli/completion-script.ts'

/** Commands that only say how they were called. */
function recorder(called: unknown[]): Commands {
  const record =
    (name: string) =>
    async (...args: unknown[]): Promise<number> => {
      called.push([name, ...args])
      return 0
    }
  const group = (name: string, names: string[]) => Object.fromEntries(names.map((each) => [each, record(`${name}.${each}`)]))
  return {
    ...Object.fromEntries(
      ['run', 'chat', 'serve', 'status', 'stop', 'models', 'usage', 'terminal', 'doctor', 'completion'].map((name) => [
        name,
        record(name),
      ]),
    ),
    sessions: group('sessions', ['list', 'rename', 'archive']),
    approvals: group('approvals', ['list', 'answer', 'grants', 'revoke']),
    providers: group('providers', ['list', 'add', 'test', 'remove']),
    budget: group('budget', ['list', 'set', 'reset', 'remove']),
    policy: group('policy', ['list', 'add', 'remove', 'explain', 'simulate']),
    taint: group('taint', ['list', 'clear', 'files', 'trust']),
    memory: group('memory', [
      'list',
      'search',
      'add',
      'edit',
      'history',
      'forget',
      'import',
      'export',
      'show',
      'learn',
      'questions',
      'answer',
      'dream',
      'dreams',
      'undo',
      'stats',
      'reindex',
      'embedder',
    ]),
    knowledge: group('knowledge', ['list', 'search', 'show', 'add', 'links']),
    calendar: group('calendar', ['list', 'add', 'edit', 'remove']),
    audit: group('audit', ['list', 'show', 'verify', 'export', 'prove', 'seal']),
    sandbox: group('sandbox', ['list', 'profiles', 'set', 'use', 'build']),
    hosts: group('hosts', ['list', 'allow', 'remove']),
    secrets: group('secrets', ['list', 'set', 'remove']),
    vault: group('vault', ['list', 'copy']),
    processes: group('processes', ['list', 'read', 'kill']),
    config: group('config', ['show', 'get', 'set', 'unset', 'path']),
  } as unknown as Commands
}

function quiet(command: Command): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} })
  for (const child of command.commands) quiet(child)
}

async function parse(line: string[]): Promise<unknown> {
  const called: unknown[] = []
  const program = createProgram(recorder(called), '1.2.3', () => {})
  quiet(program)
  await program.parseAsync(line, { from: 'user' })
  return called[0]
}

describe('a command line is understood', () => {
  test.each<[string[], unknown]>([
    [
      ['run', 'hello'],
      ['run', ['hello'], {}],
    ],
    [
      ['run', 'list', 'the', 'files', '--json'],
      ['run', ['list', 'the', 'files'], { json: true }],
    ],
    [
      ['run', '--mode', 'auto-edit', '--exit-code', 'x'],
      ['run', ['x'], { mode: 'auto-edit', exitCode: true }],
    ],
    [
      ['run', '--sandbox', 'container', 'x'],
      ['run', ['x'], { sandbox: 'container' }],
    ],
    [['sandbox'], ['sandbox.list', {}]],
    [
      ['sandbox', 'build'],
      ['sandbox.build', 'container', {}],
    ],
    [
      ['sandbox', 'use', 'host', '--session', 'ses_1'],
      ['sandbox.use', 'host', { session: 'ses_1' }],
    ],
    [
      ['sandbox', 'set', 'profile', 'strict'],
      ['sandbox.set', 'profile', 'strict', {}],
    ],
    [
      ['terminal', '--attach', 'prc_1', '--take-over'],
      ['terminal', { attach: 'prc_1', takeOver: true }],
    ],
    [
      ['processes', 'read', 'prc_1', '--from', '5', '--follow'],
      ['processes.read', 'prc_1', { from: 5, follow: true }],
    ],
    [
      ['vault', 'copy', 'taxes', '--session', 'ses_1', '--to', 'in/', '--overwrite'],
      ['vault.copy', 'taxes', { session: 'ses_1', to: 'in/', overwrite: true }],
    ],
    [
      ['run', '--context-file', 'a', '--context-file', '-', 'x'],
      ['run', ['x'], { contextFile: ['a', '-'] }],
    ],
    [
      ['models', '--refresh', '--provider', 'openai', '--capability', 'tools,pdf'],
      ['models', { refresh: true, provider: 'openai', capability: 'tools,pdf' }],
    ],
    [['providers'], ['providers.list', {}]],
    [
      ['providers', 'add', 'mine', '--base-url', 'http://x/v1', '--model', 'a', '--model', 'b', '--no-key'],
      ['providers.add', 'mine', { baseUrl: 'http://x/v1', model: ['a', 'b'], key: false }],
    ],
    [
      ['run', '--', '--not-an-option'],
      ['run', ['--not-an-option'], {}],
    ],
    [
      ['chat', '--model', 'offline/guide'],
      ['chat', { model: 'offline/guide' }],
    ],
    [
      ['serve', '--port', '0'],
      ['serve', { port: 0 }],
    ],
    [
      ['usage', '--by', 'model', '--from', '2026-11-01'],
      ['usage', { by: 'model', from: '2026-11-01' }],
    ],
    [
      ['budget', 'set', 'agent:writer', '500k', 'tokens', '--per', 'day'],
      ['budget.set', 'agent:writer', '500k', 'tokens', { per: 'day', unpriced: 'refuse' }],
    ],
    [['budget'], ['budget.list', {}]],
    [
      ['status', '--json', '--link'],
      ['status', { json: true, link: true }],
    ],
    [
      ['sessions', '--search', 'a b'],
      ['sessions.list', { search: 'a b' }],
    ],
    [
      ['sessions', 'rename', 'ses_1', 'new', 'title'],
      ['sessions.rename', 'ses_1', ['new', 'title'], {}],
    ],
    [
      ['audit', '--decision', 'deny', '--since', '7d'],
      ['audit.list', { decision: 'deny', since: '7d', limit: 50 }],
    ],
    [
      ['audit', 'verify', 'record.jsonl', '--key', 'k'],
      ['audit.verify', 'record.jsonl', { key: 'k' }],
    ],
    [
      ['audit', 'prove', '--since', '12'],
      ['audit.prove', undefined, { since: 12 }],
    ],
    [
      ['audit', 'seal', '--older-than', '90'],
      ['audit.seal', { olderThan: 90 }],
    ],
    [
      ['sessions', 'archive', 'ses_1', '--undo'],
      ['sessions.archive', 'ses_1', { undo: true }],
    ],
    [['approvals'], ['approvals.list', {}]],
    [
      ['approvals', 'answer', 'apr_1', 'no', '--note', 'why'],
      ['approvals.answer', 'apr_1', 'no', { scope: 'once', note: 'why' }],
    ],
    [
      ['approvals', 'revoke', '3'],
      ['approvals.revoke', 3, {}],
    ],
    [
      ['config', 'set', 'gateway.port', '1'],
      ['config.set', 'gateway.port', '1', {}],
    ],
    [
      ['completion', 'zsh'],
      ['completion', 'zsh', {}],
    ],
  ])('%j', async (line, expected) => {
    expect(await parse(line)).toEqual(expected)
  })
})

describe('wrong use is refused', () => {
  test.each([
    [['bogus']],
    [['run']],
    [['run', '--bogus', 'x']],
    [['run', '--mode', 'careless', 'x']],
    [['serve', '--port', '65536']],
    [['serve', '--port', 'x']],
    [['status', 'extra']],
    [['approvals', 'answer', 'apr_1', 'maybe']],
    [['approvals', 'revoke', 'x']],
    [['completion', 'csh']],
  ])('%j', async (line) => {
    await expect(parse(line)).rejects.toMatchObject({ name: 'CommanderError', exitCode: 1 })
  })
})

test('a completion script knows every command and option of the program', () => {
  const program = createProgram(recorder([]), '1.2.3', () => {})
  const long = (command: Command): string[] => [
    ...command.options.flatMap((option) => option.long ?? []),
    ...command.commands.flatMap((child) => [child.name(), ...long(child)]),
  ]
  const words = [...new Set(long(program))]
  expect(words).toContain('rename')
  for (const shell of ['bash', 'zsh'] as const) for (const word of words) expect(completionScript(program, shell)).toContain(word)
  for (const word of words) expect(completionScript(program, 'fish')).toContain(word.replace(/^--/, '-l '))
})
