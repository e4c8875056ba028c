import { expect, test } from 'vitest'
import { spent } from '../../sidecar/contract/index.ts'
import { callsCsv } from '../../sidecar/policy/index.ts'
import { ids } from '../fixtures/log.ts'
import { newCall, openMoney, tokens } from '../fixtures/money.ts'

test('a settled call has its true usage and cost', () => {
  const { ledger, spending } = openMoney()
  const call = newCall({ agent: 'writer', estimate: { inputTokens: 1, outputTokens: 1, priceVersion: 'abc123' } })
  spending.reserve(call).settle({ input: 10, output: 5, cacheRead: 3, cacheWrite: 1 }, 42)
  expect(ledger.calls({ limit: 10 })).toEqual([
    {
      id: 1,
      at: '2026-11-21T12:00:00.000Z',
      day: '2026-11-21',
      sessionId: call.sessionId,
      turnId: call.turnId,
      agent: 'writer',
      provider: 'openai',
      model: 'openai/gpt-5.1',
      purpose: 'turn',
      status: 'settled',
      usage: { input: 10, output: 5, cacheRead: 3, cacheWrite: 1 },
      costMicros: 42,
      priceVersion: 'abc123',
    },
  ])
})

test('an unknown price stays unknown, in a row and in every sum', async () => {
  const { ledger, spending } = openMoney()
  spending.reserve(newCall()).settle(tokens(10), 300_000)
  spending.reserve(newCall()).settle(tokens(10), undefined)
  spending.reserve(newCall()).settle(undefined, undefined, 'failed')
  expect(ledger.calls({ limit: 10 }).map(({ costMicros, usage }) => [costMicros, usage?.input])).toEqual([
    [undefined, undefined],
    [undefined, 10],
    [300_000, 10],
  ])
  const { total, rows } = await ledger.summary('model', {})
  expect(rows).toEqual([{ key: 'openai/gpt-5.1', ...total }])
  expect(total).toEqual({ calls: 3, unpricedCalls: 2, costMicros: 300_000, usage: tokens(20) })
  expect(spent(total)).toBe('at least $0.30, 2 calls of unknown price')
  expect(spent({ costMicros: 0, unpricedCalls: 1 })).toBe('1 call of unknown price')
  expect(spent({ costMicros: 0, unpricedCalls: 0 })).toBe('$0.00')
})

test('what runs is in no sum yet; what never ran is nowhere', async () => {
  const { ledger, spending } = openMoney()
  spending.reserve(newCall())
  spending.reserve(newCall()).release()
  expect(await ledger.summary('day', {})).toEqual({
    rows: [],
    total: { calls: 0, unpricedCalls: 0, costMicros: 0, usage: tokens(0) },
  })
  expect(ledger.calls({ limit: 10 })).toMatchObject([{ status: 'reserved' }])
})

test('folds by day, month, model, agent and session', async () => {
  const { ledger, spending, at } = openMoney('America/New_York')
  const sessions = [ids.session(), ids.session()] as const
  const spend = (iso: string, costMicros: number, more: Parameters<typeof newCall>[0]): void => {
    at(iso)
    spending.reserve(newCall(more)).settle(tokens(1), costMicros)
  }
  // 03:00 UTC is the evening before in New York.
  spend('2026-11-01T03:00:00Z', 1, { sessionId: sessions[0] })
  spend('2026-11-01T12:00:00Z', 2, { sessionId: sessions[0], agent: 'writer' })
  spend('2026-11-02T12:00:00Z', 4, { sessionId: sessions[1], agent: 'writer', model: 'xai/grok' })
  spend('2026-12-01T04:59:59Z', 8, { sessionId: sessions[1], agent: 'reader', model: 'xai/grok' })
  const fold = async (by: Parameters<typeof ledger.summary>[0], days = {}) =>
    (await ledger.summary(by, days)).rows.map(({ key, costMicros }) => [key, costMicros])
  expect(await fold('day')).toEqual([
    ['2026-10-31', 1],
    ['2026-11-01', 2],
    ['2026-11-02', 4],
    ['2026-11-30', 8],
  ])
  expect(await fold('month')).toEqual([
    ['2026-10', 1],
    ['2026-11', 14],
  ])
  expect(await fold('model')).toEqual([
    ['xai/grok', 12],
    ['openai/gpt-5.1', 3],
  ])
  expect(await fold('agent')).toEqual([
    ['reader', 8],
    ['writer', 6],
    ['', 1],
  ])
  expect(await fold('session')).toEqual([
    [sessions[1], 12],
    [sessions[0], 3],
  ])
  expect(await fold('month', { from: '2026-11-01', to: '2026-11-02' })).toEqual([['2026-11', 6]])
  expect((await ledger.summary('day', { from: '2026-11-02' })).total.costMicros).toBe(12)
})

test('calls are read page by page', () => {
  const { ledger, spending } = openMoney()
  const mine = newCall()
  for (let i = 0; i < 7; i++) spending.reserve(i % 2 ? newCall() : mine).settle(tokens(1), i)
  const costs = (calls: ReturnType<typeof ledger.calls>) => calls.map((call) => call.costMicros)
  const first = ledger.calls({ limit: 3 })
  expect(costs(first)).toEqual([6, 5, 4])
  expect(costs(ledger.calls({ limit: 10, before: first.at(-1)!.id }))).toEqual([3, 2, 1, 0])
  expect(costs(ledger.calls({ limit: 10, sessionId: mine.sessionId }))).toEqual([6, 4, 2, 0])
  expect(costs(ledger.callsAfter({ after: first.at(-1)!.id, limit: 10 }))).toEqual([5, 6])
})

test('CSV: unknown is empty, never zero; text runs nowhere', () => {
  const { ledger, spending } = openMoney()
  spending.reserve(newCall({ agent: '=1+1', model: 'a/b "x", y' })).settle(undefined, undefined)
  spending.reserve(newCall()).settle(tokens(1), 1_234_567)
  const [heading, first, second, end] = callsCsv(ledger.callsAfter({ after: 0, limit: 10 }), true).split('\r\n')
  expect(heading).toBe(
    'at,day,session,turn,agent,run,provider,model,purpose,status,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cost_usd,price_version',
  )
  expect(first).toMatch(
    /^2026-11-21T12:00:00.000Z,2026-11-21,ses_[^,]+,trn_[^,]+,'=1\+1,,openai,"a\/b ""x"", y",turn,settled,,,,,,$/,
  )
  expect(second).toMatch(/,1,0,0,0,1\.234567,$/)
  expect(end).toBe('')
  expect(callsCsv([], false)).toBe('')
})
