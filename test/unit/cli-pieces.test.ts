import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Approval, Message, SessionId } from '../../sidecar/contract/index.ts'
import { parseValue } from '../../sidecar/doors/cli/commands/config.ts'
import { reportOf } from '../../sidecar/doors/cli/commands/run.ts'
import { type Ending, errorExit, turnExit } from '../../sidecar/doors/cli/exit-code.ts'
import { plain } from '../../sidecar/doors/cli/plain.ts'
import { causeOf, problemOf, UsageError } from '../../sidecar/doors/cli/problem.ts'
import { askWith, parseAnswer } from '../../sidecar/doors/cli/prompt.ts'
import { questionLines } from '../../sidecar/doors/cli/question.ts'
import { TurnScreen } from '../../sidecar/doors/cli/turn-screen.ts'
import { OxbowError } from '../../sidecar/foundation/index.ts'

describe('exit codes', () => {
  test.each<[Ending, boolean, boolean, number]>([
    ['completed', false, false, 0],
    ['completed', false, true, 0],
    ['completed', true, false, 0],
    ['completed', true, true, 3],
    ['failed', false, false, 1],
    ['failed', true, true, 1],
    ['interrupted', false, true, 1],
    ['cancelled', false, false, 130],
    ['cancelled', true, true, 130],
  ])('%s, refused %s, asked to tell %s: %d', (status, refused, tell, code) => {
    expect(turnExit({ status, refused }, tell)).toBe(code)
  })

  test('errors: wrong use is 2, the rest is 1', () => {
    expect(['BAD_REQUEST', 'NOT_FOUND', 'CONFLICT', 'UNAUTHORIZED', undefined].map(errorExit)).toEqual([2, 2, 1, 1, 1])
  })
})

test('an error of this process and one from a door read alike', () => {
  const here = new OxbowError('BAD_REQUEST', 'config.invalid', 'wrong', 'mend it')
  const there = Object.assign(new Error('wrong'), { code: 'BAD_REQUEST', data: { code: 'config.invalid', hint: 'mend it' } })
  expect(problemOf(here)).toEqual({ message: 'wrong', hint: 'mend it', exitCode: 2 })
  expect(problemOf(there)).toEqual(problemOf(here))
  expect([causeOf(here), causeOf(there), causeOf(undefined)]).toEqual(['config.invalid', 'config.invalid', undefined])
  expect(problemOf(new UsageError('no')).exitCode).toBe(2)
  expect(problemOf('odd').exitCode).toBe(1)
})

test.each<[string, ReturnType<typeof parseAnswer>]>([
  ['o', { allow: true, scope: 'once' }],
  [' Session ', { allow: true, scope: 'session' }],
  ['ALWAYS', { allow: true, scope: 'always' }],
  ['n', { allow: false, scope: 'once' }],
  ['n use  a copy ', { allow: false, scope: 'once', note: 'use  a copy' }],
  ['', undefined],
  ['perhaps', undefined],
])('the answer %j', (text, answer) => {
  expect(parseAnswer(text)).toEqual(answer)
})

const question = (more: Partial<Approval>): Approval =>
  ({ tool: 'exec', tier: 'exec', title: 'run it', args: {}, reason: 'it runs a command', ...more }) as unknown as Approval

describe('a question at the terminal', () => {
  test('shows every byte of a command, however long, and nothing that passes for a line of ours', () => {
    const command = `echo ${'a'.repeat(20_000)}; echo pwned > hidden.txt\n[o]nce\u001b[2K\u202e`
    const lines = questionLines(question({ title: `${command.slice(0, 299)}…`, args: { command, cwd: 'src' } }))
    expect(lines.slice(1)).toEqual([`  $ ${command.split('\n')[0]}`, '  $ [o]nce⟨U+001B⟩[2K⟨U+202E⟩', '  cwd: src'])
  })

  test('lets no title, name or line break of an agent pass for a line of ours, or write over one', () => {
    const approval = question({
      title: 'fetch it\r\nMay the agent rest?',
      reason: 'why\r\nnot',
      args: { 'x\n[o]nce': '1', text: 'one\r\ntwo' },
    })
    const lines = questionLines(approval)
    expect(lines.join('\n')).not.toContain('\r')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toBe('May the agent run a command: fetch it ⏎ May the agent rest?? (why ⏎ not)')
    expect(lines.slice(1)).toEqual(['  x ⏎ [o]nce: 1', '  text: one', '    two'])
  })

  test('shows what is written, or what that changes, and the plan', () => {
    const write = { tool: 'write', tier: 'write', title: 'write a.md', args: { path: 'a.md', content: 'one\ntwo\n' } } as const
    const reach = { paths: ['a.md'], programs: ['git'], hosts: ['good.invalid'], outward: true }
    const taints = [{ label: 'private', source: '.env', reason: 'it holds keys' }] as const
    expect(questionLines(question({ ...write, reach, taints: [...taints], expiresAt: '2026-11-21T10:00:00Z' }))).toEqual([
      'May the agent change files: write a.md? (it runs a command)',
      '  path: a.md',
      '  + one',
      '  + two',
      '  + ',
      '  files: a.md',
      '  programs: git',
      '  hosts: good.invalid',
      '  goes out: it can carry data out of this computer',
      expect.stringContaining('  ends: unanswered, it is a no from'),
      '  private: .env (it holds keys)',
    ])
    const diff = { path: 'a.md', diff: '-old\n+one', added: 1, removed: 1 }
    expect(questionLines(question({ ...write, diff })).slice(2)).toEqual(['  -old', '  +one'])
    expect(questionLines(question({ ...write, diff: { ...diff, cut: true } }))).toContain('  + two')
  })

  /** A person who types these, one after the other. */
  const asked = async (approval: Approval, ...typed: string[]) => {
    let shown = ''
    const question = async (words: string): Promise<string> => {
      shown += words
      const next = typed.shift()
      if (next === undefined) throw new Error(`nothing more is typed: ${shown}`)
      return next
    }
    const lines = { question }
    const answer = await askWith(lines as Parameters<typeof askWith>[0], approval, new AbortController().signal, (text) => {
      shown += text
    })
    return { answer, shown, left: typed.length }
  }

  test('takes no answer that it cannot take, and asks again', async () => {
    const { answer, shown } = await asked(question({ onceOnly: true }), 's', 'a', 'o')
    expect(answer).toEqual({ allow: true, scope: 'once' })
    expect(shown).not.toContain('[s]ession')
    expect(shown).toContain('once only')
  })

  test('shows what "always" covers before it is given, and the rules before they are saved', async () => {
    const rule = { effect: 'allow', tool: 'write', path: 'a.md', workspace: '/w' } as const
    const write = question({ tier: 'write', title: 'write a.md', rules: [rule] })
    const saved = await asked(write, 'a', 'b', 'a', '', 'r')
    expect(saved).toMatchObject({ answer: { allow: true, scope: 'always', rules: [rule] }, left: 0 })
    expect(saved.shown).toContain('allow tool write, path a.md in /w')
    expect((await asked(write, 'a', 'w')).answer).toEqual({ allow: true, scope: 'always' })
    const { rules: _, ...plain } = write
    const wide = await asked(plain, 'a', 'y')
    expect(wide.answer).toEqual({ allow: true, scope: 'always' })
    expect(wide.shown).toContain('Always would allow any file of this folder.')
  })
})

test.each<[string, unknown]>([
  ['4200', 4200],
  ['true', true],
  ['["a","b"]', ['a', 'b']],
  ['offline/guide', 'offline/guide'],
  ['"12"', '12'],
  ['{"a":1}', '{"a":1}'],
  ['null', 'null'],
])('the setting %s', (text, value) => {
  expect(parseValue(text)).toEqual(value)
})

test('text cannot steer the terminal', () => {
  expect(plain('a\u001b[31mred\u001b[0m\u001b]0;title\u0007\rb\tc\nd\u009b2J')).toBe('aredb\tc\nd')
})

const message = (parts: object[], more: object = {}): Message =>
  ({ id: 'msg_1', role: 'assistant', turnId: 'trn_1', status: 'complete', createdAt: '', parts, ...more }) as unknown as Message
const text = (id: string, words: string) => ({ type: 'text', id, text: words })
const tool = (status: string, output = '') => ({
  type: 'tool',
  id: 't',
  name: 'write',
  args: { path: 'a' },
  title: 'write a',
  status,
  output,
})

test('the report of a turn adds up, and an unknown price makes the cost unknown', () => {
  const usage = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 }
  const messages = [
    message([text('1', 'First. '), tool('denied')], { usage, costMicros: 1500 }),
    message([text('2', ' Then.')], { usage, costMicros: 500 }),
  ]
  const result = { turnId: undefined, status: 'completed' as const, failure: undefined, messages, refused: true }
  const report = reportOf('ses_1' as SessionId, result, 12.4, 3)
  expect(report).toEqual({
    response: 'First.\n\nThen.',
    sessionId: 'ses_1',
    turnId: null,
    status: 'completed',
    toolCalls: [{ name: 'write', args: { path: 'a' }, status: 'denied', title: 'write a' }],
    usage: { input: 2, output: 4, cacheRead: 0, cacheWrite: 0 },
    costUsd: 0.002,
    durationMs: 12,
    exitCode: 3,
  })
  const unpriced = [...messages, message([text('3', 'x')])]
  expect(reportOf('ses_1' as SessionId, { ...result, messages: unpriced }, 0, 0).costUsd).toBeNull()
})

test('a screen prints text once as it grows, and calls as lines beside it', () => {
  const written: string[] = []
  const stream = (name: string): NodeJS.WriteStream => {
    const collected = new Writable({
      write(chunk, _, done) {
        written.push(`${name}${chunk}`)
        done()
      },
    })
    return collected as unknown as NodeJS.WriteStream
  }
  const screen = new TurnScreen({ stdout: stream('o:'), stderr: stream('e:') }, true)
  screen.draw([message([text('1', 'Hel')])])
  screen.draw([message([text('1', 'Hello')])])
  screen.draw([message([text('1', 'Hello'), tool('running')])])
  screen.draw([message([text('1', 'Hello'), tool('failed', 'no room\nmore'), text('2', 'Sorry')])])
  screen.endLine()
  expect(written.join('|')).toBe('o:Hel|o:lo|o:\n|e:> write a\n|e:  failed: no room\n|o:\n|o:Sorry|o:\n')
})
