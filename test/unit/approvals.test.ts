import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ApprovalId, SessionEvent } from '../../sidecar/contract/index.ts'
import { type Clock, systemClock } from '../../sidecar/foundation/index.ts'
import { Approvals } from '../../sidecar/kernel/index.ts'
import { createGrants, createHosts, openRules } from '../../sidecar/policy/index.ts'
import { auditOver } from '../fixtures/audit.ts'
import { ids, newSession, openLog, temporaryFolder } from '../fixtures/log.ts'

/** Questions of a session, on a clock that stands until it is moved. */
function questions(expiry?: string) {
  const { db, log } = openLog()
  const audit = auditOver(db, temporaryFolder())
  const sessionId = newSession(log)
  let now = Date.parse('2026-11-21T10:00:00Z')
  const clock: Clock = { ...systemClock, iso: () => new Date(now).toISOString() }
  const grants = createGrants(db, clock)
  const rules = openRules(join(temporaryFolder(), 'policy.toml'), '/home/ada')
  const approvals = new Approvals({
    log,
    grants,
    rules,
    hosts: createHosts({ db, clock, settings: () => [] }),
    audit,
    clock,
    expiry: () => expiry,
  })
  const turnId = ids.turn()
  const messageId = ids.message()
  log.append(sessionId, [
    { type: 'turnStarted', turnId, messageIds: [], model: 'm' },
    { type: 'messageStarted', turnId, messageId, model: 'm' },
  ])
  /** @returns the id of a new question */
  const ask = (plan: Partial<Extract<SessionEvent, { type: 'approvalAsked' }>> = {}): ApprovalId => {
    const partId = ids.part()
    const approvalId = ids.approval()
    const call = { callId: approvalId, name: 'write', args: { path: 'a.md' }, title: 'write a.md', tier: 'write' } as const
    const expiresAt = approvals.expiresAt(sessionId)
    log.append(sessionId, [
      { type: 'toolRequested', messageId, partId, ...call },
      {
        type: 'approvalAsked',
        messageId,
        partId,
        approvalId,
        reason: 'it changes files',
        ...(expiresAt && { expiresAt }),
        ...plan,
      },
    ])
    return approvalId
  }
  const recorded = () => audit.list({ kind: 'policy', limit: 10 }).entries
  return { approvals, ask, grants, log, recorded, rules, sessionId, forward: (ms: number) => (now += ms) }
}

test('a yes with rules saves them, and grants nothing else', () => {
  const { approvals, ask, grants, rules } = questions()
  const rule = { effect: 'allow', tool: 'write', path: 'a.md' } as const
  approvals.answer(ask(), { allow: true, scope: 'always', rules: [rule] })
  expect(rules.all(undefined).map((placed) => placed.rule)).toEqual([rule])
  expect(grants.standing()).toEqual([])
})

test('what a yes allows beyond its call is recorded: rules and hosts', () => {
  const { approvals, ask, recorded, sessionId } = questions()
  approvals.answer(ask(), { allow: true, scope: 'always', rules: [{ effect: 'allow', program: 'echo' }] })
  approvals.answer(ask({ hosts: ['a.example', 'b.example:8443'] }), { allow: true, scope: 'always' })
  approvals.answer(ask({ hosts: ['c.example'] }), { allow: true, scope: 'session' })
  approvals.answer(ask({ hosts: ['d.example'] }), { allow: true, scope: 'once' })
  approvals.answer(ask({ hosts: ['e.example'] }), { allow: false, scope: 'once' })
  const titles = recorded().map(({ title }) => title)
  expect(titles).toEqual(['c.example', 'b.example:8443', 'a.example'].map((host) => `Host allowed: ${host}`).concat('Rule added'))
  expect(recorded().at(-1)).toMatchObject({ actor: 'person', session: sessionId, excerpt: expect.stringContaining('"echo"') })
  expect(recorded()[0]!.excerpt).toContain(sessionId)
})

test('rules go with an always only, and only allow', () => {
  const { approvals, ask, rules } = questions()
  const rule = { effect: 'allow', tool: 'write' } as const
  expect(() => approvals.answer(ask(), { allow: true, scope: 'once', rules: [rule] })).toThrow('Only a yes')
  expect(() => approvals.answer(ask(), { allow: false, scope: 'always', rules: [rule] })).toThrow('Only a yes')
  expect(() => approvals.answer(ask(), { allow: true, scope: 'always', rules: [{ ...rule, effect: 'deny' }] })).toThrow()
  expect(rules.all(undefined)).toEqual([])
  expect(approvals.list()).toHaveLength(3)
})

test('of rules of which one cannot be kept none is, and the question stays', () => {
  const { approvals, ask, recorded, rules } = questions()
  const unkept = { effect: 'allow', channel: 'mail', tool: 'write' } as const
  const id = ask()
  expect(() =>
    approvals.answer(id, { allow: true, scope: 'always', rules: [{ effect: 'allow', tool: 'write' }, unkept] }),
  ).toThrow()
  expect(rules.all(undefined)).toEqual([])
  expect(recorded()).toEqual([])
  expect(approvals.list().map((open) => open.id)).toEqual([id])
})

test('what can be allowed once only takes no longer yes, and any no', () => {
  const { approvals, ask, grants } = questions()
  const id = ask({ onceOnly: true })
  expect(() => approvals.answer(id, { allow: true, scope: 'session' })).toThrow('once only')
  approvals.answer(id, { allow: false, scope: 'session' })
  expect(grants.standing()).toEqual([])
  expect(approvals.list()).toEqual([])
})

test('several are answered alike, those that are gone left out', () => {
  const { approvals, ask } = questions()
  const open = [ask(), ask(), ask()]
  approvals.answer(open[1]!, { allow: false, scope: 'once' })
  expect(approvals.answerAll([...open, ids.approval()], { allow: true, scope: 'once' })).toBe(2)
  expect(approvals.list()).toEqual([])
})

test('several are answered all or none: where one can be allowed once only, no other is answered either', () => {
  const { approvals, ask, grants } = questions()
  const open = [ask(), ask({ onceOnly: true }), ask()]
  expect(() => approvals.answerAll(open, { allow: true, scope: 'session' })).toThrow('once only')
  expect(approvals.list()).toHaveLength(3)
  expect(approvals.answerAll(open, { allow: true, scope: 'once' })).toBe(3)
  expect(grants.standing()).toEqual([])
})

test('a yes that comes too late is none, though no timer ended the question', () => {
  const { approvals, ask, forward, log, sessionId } = questions('30m')
  const [late, later] = [ask(), ask()]
  forward(31 * 60_000)
  const fresh = ask()
  expect(() => approvals.answer(late, { allow: true, scope: 'once' })).toThrow(`no question ${late} is open`)
  expect(approvals.answerAll([later, fresh], { allow: true, scope: 'once' })).toBe(1)
  const parts = log.view(sessionId).messages.flatMap((message) => message.parts)
  expect(parts.map((part) => part.type === 'tool' && part.status)).toEqual(['denied', 'denied', 'allowed'])
  expect(parts[0]).toMatchObject({ output: 'nobody answered in time' })
})

test.each(['30m', '24h'])('a question that may wait %s ends as a no after it, and not before', async (expiry) => {
  vi.useFakeTimers()
  try {
    const { approvals, ask, forward, log, sessionId } = questions(expiry)
    const ms = { '30m': 30, '24h': 24 * 60 }[expiry]! * 60_000
    const id = ask()
    const { expiresAt } = approvals.list()[0]!
    expect(expiresAt).toBe(new Date(Date.parse('2026-11-21T10:00:00Z') + ms).toISOString())
    let answer: boolean | undefined
    void approvals.wait(id, new AbortController().signal, expiresAt).then((given) => {
      answer = given
    })
    forward(ms - 1000)
    await vi.advanceTimersByTimeAsync(ms - 1000)
    expect(answer).toBeUndefined()
    forward(2000)
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(answer).toBe(false)
    expect(approvals.list()).toEqual([])
    const part = log.view(sessionId).messages[0]?.parts[0]
    expect(part).toMatchObject({ status: 'denied', output: 'nobody answered in time' })
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('nothing set, a question that nobody saw asked ends after a day; who has the list or the session before them is somebody', async () => {
  const { approvals, ask, log, sessionId } = questions()
  const nextEnd = (): string | undefined => {
    const id = ask()
    return approvals.list().find((approval) => approval.id === id)?.expiresAt
  }
  expect(nextEnd()).toBe('2026-11-22T10:00:00.000Z')
  for (const watching of [log.watchList.bind(log), (signal: AbortSignal) => log.watch(sessionId, undefined, signal)]) {
    const stop = new AbortController()
    const watch = watching(stop.signal)
    await watch.next()
    expect(nextEnd()).toBeUndefined()
    stop.abort()
    await watch.return(undefined)
    expect(nextEnd()).toBe('2026-11-22T10:00:00.000Z')
  }
})

test('with never it waits for ever, and no timer runs', () => {
  vi.useFakeTimers()
  try {
    const { approvals, ask } = questions('never')
    void approvals.wait(ask(), new AbortController().signal, approvals.list()[0]?.expiresAt)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
