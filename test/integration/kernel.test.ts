import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { describe, expect, test, vi } from 'vitest'
import type { Client, Mode, SessionId } from '../../sidecar/contract/index.ts'
import { createIds } from '../../sidecar/foundation/index.ts'
import { asking, type Followed, follow, question, resting, say, toolParts, words } from '../fixtures/follow.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { type Act, lastWords, resultsSince, type Script } from '../fixtures/model-server.ts'

/** A model that makes the given calls in its first steps, one step each, and then says "done". */
const steps =
  (...acts: Act[][]): Script =>
  (messages) =>
    acts[resultsSince(messages).length === 0 ? 0 : countSteps(messages)] ?? [{ say: 'done' }]
const countSteps = (messages: Parameters<Script>[0]): number =>
  messages.slice(messages.findLastIndex((m) => m.role === 'user')).filter((m) => m.role === 'assistant').length

interface Open {
  client: Client
  id: SessionId
  screen: Followed
}

async function open({ client, workspace }: Bench, mode: Mode): Promise<Open> {
  const { id } = await client.sessions.create({ workspace, mode })
  return { client, id, screen: await follow(client, id) }
}

describe('a session', () => {
  test('that is asked for twice under one id is made once, and keeps what it was', async () => {
    const { client, workspace } = await startScripted(() => [{ say: 'ok' }])
    const sessionId = createIds().session()
    const [one, two] = await Promise.all([
      client.sessions.create({ sessionId, workspace, title: 'first' }),
      client.sessions.create({ sessionId, workspace, title: 'first' }),
    ])
    expect([one.id, two.id]).toEqual([sessionId, sessionId])
    expect(await client.sessions.create({ sessionId, workspace, title: 'second' })).toMatchObject({ title: 'first', seq: 1 })
    expect((await client.sessions.list({})).sessions).toHaveLength(1)
  })
})

describe('a turn', () => {
  test('streams an answer, names the session, and counts what it used', async () => {
    const bench = await startScripted(() => [{ say: 'Hello there, you.' }])
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'Say hello\nplease')
    const view = await screen.until('rest', resting)
    expect(words(view)).toEqual(['user: Say hello\nplease', 'assistant: Hello there, you.'])
    expect(view).toMatchObject({
      turn: { state: 'completed' },
      summary: { title: 'Say hello', status: 'idle' },
      usage: { input: 10, output: 5 },
    })
  })

  test('reads without asking, asks before it writes, and the model gets the results', async () => {
    const bench = await startScripted(
      steps([{ call: 'read', args: { path: 'a.txt' } }], [{ call: 'write', args: { path: 'b.txt', content: 'two' } }]),
    )
    writeFileSync(join(bench.workspace, 'a.txt'), 'one\n')
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'go')
    const asked = await screen.until('a question', asking)
    expect(question(asked)).toMatchObject({ tool: 'write', tier: 'write', args: { path: 'b.txt', content: 'two' } })
    expect(existsSync(join(bench.workspace, 'b.txt'))).toBe(false)
    await client.approvals.answer({ approvalId: question(asked).id, allow: true })
    const view = await screen.until('rest', resting)
    expect(toolParts(view).map((p) => [p.name, p.status])).toEqual([
      ['read', 'done'],
      ['write', 'done'],
    ])
    expect(readFileSync(join(bench.workspace, 'b.txt'), 'utf8')).toBe('two')
    expect(JSON.stringify(bench.model.requests[1])).toContain('one')
  })

  test('before a request leaves, what was read for it and what the call before it used are written', async () => {
    const written: string[][] = []
    const bench = await startScripted((messages) => {
      // As another process sees it.
      const db = new Database(join(bench.home, 'oxbow.db'), { readonly: true })
      const events = db.prepare("SELECT json_extract(event, '$.type') FROM events ORDER BY seq").pluck().all() as string[]
      const calls = db.prepare('SELECT status FROM ledger ORDER BY id').pluck().all() as string[]
      db.close()
      written.push([...events.filter((type) => type.startsWith('tool')), ...calls])
      return countSteps(messages) === 0 ? [{ call: 'read', args: { path: 'a.txt' } }] : [{ say: 'done' }]
    })
    writeFileSync(join(bench.workspace, 'a.txt'), 'one\n')
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'go')
    await screen.until('rest', resting)
    expect(written).toEqual([
      ['reserved'],
      ['toolRequested', 'toolAllowed', 'toolStarted', 'toolFinished', 'settled', 'reserved'],
    ])
  })

  test('a no goes back to the model with its note, and nothing happens', async () => {
    const bench = await startScripted(steps([{ call: 'exec', args: { command: 'echo x > no.txt' } }]))
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'go')
    const asked = await screen.until('a question', asking)
    await client.approvals.answer({ approvalId: question(asked).id, allow: false, note: 'use write instead' })
    const view = await screen.until('rest', resting)
    expect(toolParts(view)).toMatchObject([{ status: 'denied', note: 'use write instead' }])
    expect(existsSync(join(bench.workspace, 'no.txt'))).toBe(false)
    expect(JSON.stringify(bench.model.requests.at(-1))).toContain('use write instead')
    await expect(client.approvals.answer({ approvalId: question(asked).id, allow: true })).rejects.toMatchObject({
      data: { code: 'approval.notFound' },
    })
  })

  test.each([
    ['session', 'ask', 1],
    ['once', 'ask', 2],
    ['once', 'auto-edit', 0],
  ] as const)('two edits with the answer "%s" in mode %s ask %i times', async (scope, mode, times) => {
    const bench = await startScripted(
      steps([{ call: 'write', args: { path: '1', content: '' } }], [{ call: 'write', args: { path: '2', content: '' } }]),
    )
    const { client, id, screen } = await open(bench, mode)
    await say(client, id, 'go')
    let asked = 0
    for (;;) {
      const view = await screen.until('a question or rest', (v) => asking(v) || resting(v))
      if (resting(view)) break
      asked++
      await client.approvals.answer({ approvalId: question(view).id, allow: true, scope })
      await screen.until('it is taken', (v) => !v.approvals.some((a) => a.id === question(view).id))
    }
    expect(asked).toBe(times)
    expect(existsSync(join(bench.workspace, '2'))).toBe(true)
  })

  test('"always" holds in another session of the workspace, for that command only, until it is revoked', async () => {
    const bench = await startScripted((messages) =>
      resultsSince(messages).length > 0 ? [{ say: 'ok' }] : [{ call: 'exec', args: { command: lastWords(messages) } }],
    )
    const first = await open(bench, 'ask')
    await say(first.client, first.id, 'echo a')
    const asked = await first.screen.until('a question', asking)
    await first.client.approvals.answer({ approvalId: question(asked).id, allow: true, scope: 'always' })
    await first.screen.until('rest', resting)
    const second = await open(bench, 'ask')
    await say(second.client, second.id, 'echo a')
    await second.screen.until('rest unasked', resting)
    await say(second.client, second.id, 'echo a; echo b')
    const other = await second.screen.until('a question', asking)
    await second.client.approvals.answer({ approvalId: question(other).id, allow: false })
    const { grants } = await first.client.approvals.grants()
    expect(grants).toMatchObject([{ tier: 'exec', workspace: bench.workspace }])
    await first.client.approvals.revoke({ id: grants[0]!.id })
    await say(first.client, first.id, 'echo a')
    await first.screen.until('a question again', asking)
  })

  test('what the model gets wrong goes back to it, and the turn goes on', async () => {
    const bench = await startScripted(
      steps(
        [{ call: 'no_such_tool', args: {} }],
        [{ call: 'read', args: { path: 5 } }],
        [{ call: 'read', args: { path: 'missing.txt' } }],
      ),
    )
    const { client, id, screen } = await open(bench, 'auto')
    await say(client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn?.state).toBe('completed')
    expect(toolParts(view).map((p) => p.status)).toEqual(['failed', 'failed', 'failed'])
    expect(toolParts(view)[0]?.output).toContain('There is no tool "no_such_tool"')
    expect(toolParts(view)[1]?.output).toContain('path')
    expect(toolParts(view)[2]?.output).toContain('missing.txt')
  })

  test('the same call failing three times ends the turn with the reason', async () => {
    const bench = await startScripted(() => [{ call: 'read', args: { path: 'missing.txt' } }])
    const { client, id, screen } = await open(bench, 'auto')
    await say(client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn).toMatchObject({ state: 'failed', failure: { code: 'turn.repeatedFailure' } })
    expect(toolParts(view)).toHaveLength(3)
  })

  test('a turn of too many steps is ended with the reason', async () => {
    let n = 0
    const bench = await startScripted(() => [{ call: 'write', args: { path: `${n++}`, content: '' } }], {
      overrides: { 'kernel.max_steps': 5 },
    })
    const { client, id, screen } = await open(bench, 'auto')
    await say(client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn).toMatchObject({ state: 'failed', failure: { code: 'turn.stepLimit' } })
    expect(toolParts(view)).toHaveLength(5)
  })

  test('reads that stand together run together; what has effects runs alone', async () => {
    const read = (path: string): Act => ({ call: 'read', args: { path } })
    const bench = await startScripted(
      steps([read('a'), read('b'), { call: 'write', args: { path: 'c', content: '' } }, read('a')]),
    )
    for (const name of ['a', 'b']) writeFileSync(join(bench.workspace, name), name)
    const { client, id, screen } = await open(bench, 'auto')
    await say(client, id, 'go')
    await screen.until('rest', resting)
    const { events } = await client.sessions.events({ sessionId: id })
    const order = events.map((e) => e.event.type).filter((type) => type === 'toolStarted' || type === 'toolFinished')
    const [S, F] = ['toolStarted', 'toolFinished']
    expect(order).toEqual([S, S, F, F, S, F, S, F])
  })
})

describe('messages that come while a turn runs', () => {
  test('wait in order, can be taken out, and each has its turn', async () => {
    const bench = await startScripted((messages) => [{ say: `re: ${lastWords(messages)}`, pauseMs: 60 }])
    const { client, id, screen } = await open(bench, 'ask')
    for (const text of ['one', 'two', 'three']) await say(client, id, text)
    const waiting = await screen.until('two wait', (v) => v.queue.length === 2)
    await client.turns.unqueue({ sessionId: id, messageId: waiting.queue[0]!.id })
    const view = await screen.until('rest', resting)
    expect(words(view)).toEqual(['user: one', 'assistant: re: one', 'user: three', 'assistant: re: three'])
    await expect(client.turns.unqueue({ sessionId: id, messageId: waiting.queue[0]!.id })).rejects.toMatchObject({
      data: { code: 'message.notQueued' },
    })
  })

  test('a steering message joins between two steps', async () => {
    const bench = await startScripted((messages) =>
      resultsSince(messages).length === 0 && !JSON.stringify(messages).includes('shorter')
        ? [{ wait: 150 }, { call: 'ls', args: {} }]
        : [{ say: 'done' }],
    )
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'go')
    await vi.waitFor(() => expect(bench.model.open).toBe(1), 10_000)
    await say(client, id, 'make it shorter', true)
    const view = await screen.until('rest', resting)
    const turns = new Set(view.messages.map((m) => m.turnId))
    expect(turns.size).toBe(1)
    expect(words(view)).toEqual(['user: go', 'user: make it shorter', 'assistant: done'])
  })

  test('the same message id is accepted once', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { client, id, screen } = await open(bench, 'ask')
    const sent = await say(client, id, 'once')
    expect(
      await client.turns.send({ sessionId: id, parts: [{ type: 'text', text: 'once' }], messageId: sent.messageId }),
    ).toEqual(sent)
    const view = await screen.until('rest', resting)
    expect(words(view)).toEqual(['user: once', 'assistant: ok'])
  })

  test('no more than ten turns run at once over all sessions, and all end', async () => {
    const bench = await startScripted(() => [{ wait: 80 }, { say: 'ok' }])
    const opened = await Promise.all(Array.from({ length: 25 }, () => open(bench, 'ask')))
    let most = 0
    const looking = setInterval(() => {
      most = Math.max(most, bench.model.open)
    }, 5)
    await Promise.all(opened.map(({ client, id }) => say(client, id, 'go')))
    await Promise.all(opened.map(({ screen }) => screen.until('rest', resting)))
    clearInterval(looking)
    expect(most).toBeGreaterThan(5)
    expect(most).toBeLessThanOrEqual(10)
  })
})

/** Every call of the log has an end, every turn too. */
async function expectConsistent({ client, id }: Open): Promise<void> {
  const { events } = await client.sessions.events({ sessionId: id, limit: 1000 })
  const open = new Set<string>()
  for (const { event } of events) {
    if (event.type === 'toolRequested') open.add(event.partId)
    if (event.type === 'toolFinished' || event.type === 'toolDenied') open.delete(event.partId)
  }
  expect([...open]).toEqual([])
  expect((await client.sessions.get({ sessionId: id })).approvals).toEqual([])
}

describe('cancel', () => {
  test('while the model streams: the socket closes, the words so far stay', async () => {
    const bench = await startScripted(() => [{ say: 'word '.repeat(500), pauseMs: 10 }])
    const opened = await open(bench, 'ask')
    await say(opened.client, opened.id, 'go')
    await opened.screen.until('words', (v) => words(v).some((w) => w.includes('word word')))
    expect(await opened.client.turns.cancel({ sessionId: opened.id })).toEqual({ cancelled: true })
    const view = await opened.screen.until('rest', resting)
    expect(view.turn?.state).toBe('cancelled')
    expect(words(view).at(-1)).toContain('word word')
    await delay(50)
    expect(bench.model.open).toBe(0)
    await expectConsistent(opened)
    expect(await opened.client.turns.cancel({ sessionId: opened.id })).toEqual({ cancelled: false })
  })

  test('while the model hangs, and while it has said nothing', async () => {
    const bench = await startScripted(() => [{ hang: true }])
    const opened = await open(bench, 'ask')
    await say(opened.client, opened.id, 'go')
    await vi.waitFor(() => expect(bench.model.open).toBe(1), 10_000)
    await opened.client.turns.cancel({ sessionId: opened.id })
    expect((await opened.screen.until('rest', resting)).turn?.state).toBe('cancelled')
  })

  test('while a command runs: its processes are gone, its call is marked', async () => {
    const bench = await startScripted(
      steps([
        { call: 'exec', args: { command: 'trap "" TERM INT; echo started; sleep 300 & sleep 300' } },
        { call: 'write', args: { path: 'later', content: '' } },
      ]),
    )
    const opened = await open(bench, 'auto')
    await say(opened.client, opened.id, 'go')
    await opened.screen.until('output', (v) => toolParts(v)[0]?.output.includes('started') ?? false)
    await opened.client.turns.cancel({ sessionId: opened.id })
    const view = await opened.screen.until('rest', resting)
    expect(toolParts(view).map((p) => p.status)).toEqual(['cancelled', 'cancelled'])
    expect(existsSync(join(bench.workspace, 'later'))).toBe(false)
    await expectConsistent(opened)
  })

  test('while a person is asked: the question is withdrawn', async () => {
    const bench = await startScripted(steps([{ call: 'exec', args: { command: 'true' } }]))
    const opened = await open(bench, 'ask')
    await say(opened.client, opened.id, 'go')
    const asked = await opened.screen.until('a question', asking)
    await opened.client.turns.cancel({ sessionId: opened.id })
    await opened.screen.until('rest', resting)
    await expectConsistent(opened)
    await expect(opened.client.approvals.answer({ approvalId: question(asked).id, allow: true })).rejects.toMatchObject({
      data: { code: 'approval.notFound' },
    })
  })
})

describe('a restart', () => {
  test('a question survives it and is answered after; the call runs once', async () => {
    const bench = await startScripted(steps([{ call: 'exec', args: { command: 'echo ran >> log.txt' } }]))
    const before = await open(bench, 'ask')
    await say(before.client, before.id, 'go')
    const asked = await before.screen.until('a question', asking)
    const client = await bench.restart()
    const { approvals } = await client.approvals.list({})
    expect(approvals).toEqual(asked.approvals)
    const screen = await follow(client, before.id)
    expect(screen.view.turn?.state).toBe('gate')
    await client.approvals.answer({ approvalId: question(asked).id, allow: true })
    const view = await screen.until('rest', resting)
    expect(view.turn?.state).toBe('completed')
    expect(toolParts(view)).toMatchObject([{ status: 'done' }])
    expect(readFileSync(join(bench.workspace, 'log.txt'), 'utf8')).toBe('ran\n')
  })

  test('a turn that ran is interrupted, keeps its words, and can be continued', async () => {
    let asked = 0
    const bench = await startScripted(() => (asked++ === 0 ? [{ say: 'first half ' }, { hang: true }] : [{ say: 'second half' }]))
    const before = await open(bench, 'ask')
    await say(before.client, before.id, 'go')
    await say(before.client, before.id, 'and this waits')
    await before.screen.until('words', (v) => words(v).some((w) => w.includes('first half')))
    const client = await bench.restart()
    const screen = await follow(client, before.id)
    expect(screen.view).toMatchObject({
      turn: { state: 'interrupted' },
      summary: { status: 'interrupted' },
      queue: [{ status: 'queued' }],
    })
    expect(words(screen.view).at(-1)).toBe('assistant: first half ')
    await client.turns.continue({ sessionId: before.id })
    const view = await screen.until('all said', (v) => resting(v) && words(v).length === 5)
    expect(words(view)).toEqual([
      'user: go',
      'assistant: first half ',
      'assistant: second half',
      'user: and this waits',
      'assistant: second half',
    ])
    await expect(client.turns.continue({ sessionId: before.id })).rejects.toMatchObject({
      data: { code: 'turn.nothingToContinue' },
    })
  })
})

describe('a model that fails', () => {
  test('ends the turn with its cause and what to do; the queue waits for a person', async () => {
    const bench = await startScripted(() => [{ say: 'never' }])
    await bench.model.close()
    const { client, id, screen } = await open(bench, 'ask')
    await say(client, id, 'one')
    await say(client, id, 'two')
    const view = await screen.until('it failed', (v) => v.turn?.state === 'failed')
    expect(view.turn?.failure).toMatchObject({ code: 'provider.connection', hint: expect.any(String) })
    await delay(50)
    expect(screen.view.queue).toHaveLength(1)
  })
})
