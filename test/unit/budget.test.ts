import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Budget, SessionId } from '../../sidecar/contract/index.ts'
import { estimateCall, type Hold, type Pricing } from '../../sidecar/policy/index.ts'
import { ids } from '../fixtures/log.ts'
import { newBudget, newCall, openMoney, tokens } from '../fixtures/money.ts'

/** The code of what a call is refused with; undefined where it is not. */
function refusal(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a call that does not fit is refused', () => {
  test('in dollars, with what is left, what it needs and what to do', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ limit: 1_200_000 }))
    spending.reserve(newCall()).settle(tokens(1), 900_000)
    expect(() => spending.reserve(newCall())).toThrow(
      expect.objectContaining({
        kind: 'TOO_MANY_REQUESTS',
        code: 'budget.exceeded',
        message: 'The budget of $1.20 a month has $0.30 left, and this call may need $0.50.',
        hint: 'Raise it to $1.40 or more (`oxbow budget set month 1.4 dollars`), or wait until it begins anew on 2026-12-01.',
      }),
    )
  })

  test('in tokens and in calls, for a session and an agent', () => {
    const { budgets, spending } = openMoney()
    const sessionId = ids.session()
    budgets.set(newBudget({ scope: 'session', subject: sessionId, period: 'total', unit: 'tokens', limit: 2500 }))
    budgets.set(newBudget({ scope: 'agent', subject: 'writer', period: 'day', unit: 'calls', limit: 1 }))
    spending.reserve(newCall({ sessionId, agent: 'writer' })).settle(tokens(1000, 500), 1)
    expect(() => spending.reserve(newCall({ sessionId }))).toThrow(
      `The budget of 2,500 tokens in all for session ${sessionId} has 1,000 tokens left, and this call may need 1,100 tokens.`,
    )
    expect(() => spending.reserve(newCall({ agent: 'writer' }))).toThrow(
      'The budget of 1 call a day for agent writer has 0 calls left, and this call may need 1 call.',
    )
    expect(refusal(() => spending.reserve(newCall({ agent: 'reader' })))).toBeUndefined()
    expect(refusal(() => spending.reserve(newCall()))).toBeUndefined()
  })

  test('a free call goes on where the dollars are used up', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ limit: 100 }))
    const free = newCall({ estimate: { inputTokens: 1, outputTokens: 1, costMicros: 0 } })
    spending.reserve(free).settle(tokens(1), 200)
    expect(refusal(() => spending.reserve(newCall()))).toBe('budget.exceeded')
    expect(refusal(() => spending.reserve(free))).toBeUndefined()
  })

  test('a refused call leaves nothing behind', () => {
    const { budgets, spending, ledger } = openMoney()
    budgets.set(newBudget({ unit: 'calls', limit: 5 }))
    budgets.set(newBudget({ unit: 'dollars', limit: 1 }))
    for (let i = 0; i < 10; i++) expect(refusal(() => spending.reserve(newCall()))).toBe('budget.exceeded')
    expect(ledger.calls({ limit: 10 })).toEqual([])
    expect(spending.state(budgets.get('month.calls')).used).toBe(0)
    budgets.remove('month.dollars')
    expect(refusal(() => spending.reserve(newCall()))).toBeUndefined()
  })
})

test('an unknown price is refused by a budget in dollars, or let through where a person said so', () => {
  const { budgets, spending } = openMoney()
  const call = newCall({ estimate: { inputTokens: 1, outputTokens: 1 } })
  budgets.set(newBudget({ limit: 1_000_000 }))
  expect(() => spending.reserve(call)).toThrow(
    expect.objectContaining({ code: 'budget.unpriced', hint: expect.stringContaining('--unpriced allow') }),
  )
  budgets.set(newBudget({ limit: 1_000_000, unpriced: 'allow' }))
  spending.reserve(call).settle(tokens(5), undefined)
  expect(spending.state(budgets.get('month.dollars'))).toMatchObject({ used: 0, uncertainCalls: 1 })
})

describe('what is set aside', () => {
  test('counts while a call runs, and is replaced by the truth', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ limit: 2_000_000 }))
    const state = () => spending.state(budgets.get('month.dollars'))
    const hold = spending.reserve(newCall())
    expect(state()).toMatchObject({ used: 500_000, reserved: 500_000 })
    hold.settle(tokens(1), 700_000)
    expect(state()).toMatchObject({ used: 700_000, reserved: 0 })
    spending.reserve(newCall()).release()
    expect(state()).toMatchObject({ used: 700_000, reserved: 0 })
  })

  test('still counts where the truth stays unknown', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ limit: 2_000_000 }))
    budgets.set(newBudget({ unit: 'tokens', limit: 10_000 }))
    spending.reserve(newCall()).settle(undefined, undefined, 'failed')
    expect(spending.state(budgets.get('month.dollars'))).toMatchObject({ used: 500_000, reserved: 0, uncertainCalls: 1 })
    expect(spending.state(budgets.get('month.tokens'))).toMatchObject({ used: 1100, reserved: 0, uncertainCalls: 1 })
  })

  test('is ended once', () => {
    const { budgets, spending, ledger } = openMoney()
    budgets.set(newBudget({ limit: 2_000_000 }))
    const hold = spending.reserve(newCall())
    hold.settle(tokens(1), 100_000)
    hold.settle(tokens(1), 900_000)
    hold.release()
    expect(ledger.calls({ limit: 10 })).toMatchObject([{ costMicros: 100_000 }])
    expect(spending.state(budgets.get('month.dollars')).used).toBe(100_000)
  })

  test('is counted by a budget that is set while the call runs', () => {
    const { budgets, spending } = openMoney()
    const running = spending.reserve(newCall())
    budgets.set(newBudget({ limit: 900_000 }))
    expect(refusal(() => spending.reserve(newCall()))).toBe('budget.exceeded')
    running.settle(tokens(1), 100_000)
    expect(refusal(() => spending.reserve(newCall()))).toBeUndefined()
  })
})

describe('50 agents race for one budget', () => {
  const race = async (budget: Omit<Budget, 'id'>, actual: () => number) => {
    const { budgets, spending, ledger } = openMoney()
    const { id } = budgets.set(budget)
    const most = { used: 0 }
    const look = (): void => {
      most.used = Math.max(most.used, spending.state(budgets.get(id)).used)
    }
    const agent = async (name: string): Promise<void> => {
      for (;;) {
        let hold: Hold
        try {
          hold = spending.reserve(newCall({ agent: name }))
        } catch {
          return
        }
        look()
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        const cost = actual()
        if (cost % 5 === 0) hold.release()
        else hold.settle(tokens(cost % 1100), cost)
        look()
        if (Math.random() < 0.05) return
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, i) => agent(`agent-${i}`)))
    expect(most.used).toBeLessThanOrEqual(budget.limit)
    expect((await ledger.summary('day', {})).total.calls).toBeGreaterThan(0)
    return (await ledger.summary('agent', {})).total
  }

  test('in dollars', async () => {
    const limit = 20_000_000
    const total = await race(newBudget({ limit }), () => Math.floor(Math.random() * 500_001))
    expect(total.costMicros).toBeLessThanOrEqual(limit)
  })

  test('in calls', async () => {
    const total = await race(newBudget({ unit: 'calls', limit: 120 }), () => 1)
    expect(total.calls).toBeLessThanOrEqual(120)
  })
})

describe('periods are those of the person', () => {
  test('a day begins at local midnight, a month on its first local day', () => {
    const { budgets, spending, at } = openMoney('Asia/Tokyo')
    budgets.set(newBudget({ period: 'day', unit: 'calls', limit: 1 }))
    budgets.set(newBudget({ period: 'month', unit: 'calls', limit: 2 }))
    const call = () => refusal(() => spending.reserve(newCall()).settle(tokens(1), 1))
    at('2026-11-29T14:59:00Z') // 23:59 in Tokyo
    expect([call(), call()]).toEqual([undefined, 'budget.exceeded'])
    at('2026-11-29T15:00:00Z')
    expect([call(), call()]).toEqual([undefined, 'budget.exceeded'])
    at('2026-11-30T14:59:59Z')
    expect(call()).toBe('budget.exceeded')
    at('2026-11-30T15:00:00Z')
    expect(call()).toBeUndefined()
    expect(spending.state(budgets.get('month.calls'))).toMatchObject({ used: 1, renews: '2027-01-01' })
    expect(spending.state(budgets.get('day.calls'))).toMatchObject({ used: 1, renews: '2026-12-02' })
  })

  test('a call belongs to the day on which it began', () => {
    const { budgets, spending, at } = openMoney()
    budgets.set(newBudget({ period: 'day', limit: 900_000 }))
    at('2026-11-21T23:59:59Z')
    const hold = spending.reserve(newCall())
    at('2026-11-22T00:00:01Z')
    expect(spending.state(budgets.get('day.dollars')).used).toBe(0)
    hold.settle(tokens(1), 800_000)
    expect(spending.state(budgets.get('day.dollars')).used).toBe(0)
    expect(refusal(() => spending.reserve(newCall()))).toBeUndefined()
  })
})

test('a budget for each session leaves out the one with a budget of its own', () => {
  const { budgets, spending } = openMoney()
  const [rich, poor] = [ids.session(), ids.session()]
  const each = budgets.set(newBudget({ scope: 'session', period: 'total', unit: 'calls', limit: 1 }))
  budgets.set(newBudget({ scope: 'session', subject: rich, period: 'total', unit: 'calls', limit: 3 }))
  const call = (sessionId: SessionId) => refusal(() => spending.reserve(newCall({ sessionId })).settle(tokens(1), 1))
  expect([call(rich), call(rich), call(rich), call(rich)]).toEqual([undefined, undefined, undefined, 'budget.exceeded'])
  expect([call(poor), call(poor)]).toEqual([undefined, 'budget.exceeded'])
  expect(call(ids.session())).toBeUndefined()
  const state = spending.state(each)
  expect(state.used).toBe(1)
  expect(state.fullest).not.toBe(rich)
})

test('a warning comes once at 80 %, also over a restart, and again in the next period', () => {
  const money = openMoney()
  money.budgets.set(newBudget({ period: 'day', unit: 'calls', limit: 10 }))
  const warnings = ({ spending } = money) => {
    const hold = spending.reserve(newCall())
    hold.settle(tokens(1), 1)
    return hold.warnings.map((warning) => warning.message)
  }
  for (let i = 0; i < 8; i++) expect(warnings()).toEqual([])
  expect(warnings()).toEqual(['8 calls of the budget of 10 calls a day are used.'])
  expect(warnings(money.reopen())).toEqual([])
  money.at('2026-11-22T12:00:00Z')
  for (let i = 0; i < 8; i++) expect(warnings()).toEqual([])
  expect(warnings()).toHaveLength(1)
})

test('a reset counts from zero; a call that ran over it does not come back', () => {
  const { budgets, spending, at } = openMoney()
  budgets.set(newBudget({ period: 'total', limit: 1_000_000 }))
  spending.reserve(newCall()).settle(tokens(1), 400_000)
  const running = spending.reserve(newCall())
  at('2026-11-21T12:00:01Z')
  budgets.reset('total.dollars')
  running.settle(tokens(1), 500_000)
  expect(spending.state(budgets.get('total.dollars')).used).toBe(0)
  spending.reserve(newCall()).settle(tokens(1), 500_000)
  spending.reserve(newCall()).settle(tokens(1), 500_000)
  expect(refusal(() => spending.reserve(newCall()))).toBe('budget.exceeded')
})

test('what a person sets is kept, changed and removed', () => {
  const money = openMoney()
  money.budgets.set(newBudget({ limit: 5 }))
  money.budgets.set(newBudget({ limit: 7 }))
  money.at('2026-11-21T12:00:01Z')
  money.budgets.set(newBudget({ scope: 'agent', subject: 'writer', period: 'day', unit: 'tokens', limit: 9 }))
  const again = money.reopen().budgets
  expect(again.all().map(({ id, limit }) => [id, limit])).toEqual([
    ['month.dollars', 7],
    ['agent:writer.day.tokens', 9],
  ])
  again.remove('month.dollars')
  expect(again.all()).toHaveLength(1)
  expect(() => again.reset('agent:writer.day.token')).toThrow(
    expect.objectContaining({ code: 'budget.notFound', hint: 'Did you mean agent:writer.day.tokens?' }),
  )
  expect(refusal(() => again.set(newBudget({ subject: 'writer', limit: 1 })))).toBe('budget.subject')
})

test('after a start, open calls are marked, and budgets go on counting what was set aside', async () => {
  const money = openMoney()
  money.budgets.set(newBudget({ limit: 900_000 }))
  money.spending.reserve(newCall())
  const { spending, budgets, ledger } = money.reopen()
  expect([spending.recover(), spending.recover()]).toEqual([1, 0])
  expect(ledger.calls({ limit: 10 })).toMatchObject([{ status: 'abandoned' }])
  expect((await ledger.summary('day', {})).total).toMatchObject({ calls: 1, unpricedCalls: 1, costMicros: 0 })
  expect(spending.state(budgets.get('month.dollars'))).toMatchObject({ used: 500_000, reserved: 0, uncertainCalls: 1 })
  expect(refusal(() => spending.reserve(newCall()))).toBe('budget.exceeded')
})

test('what is counted in memory is what the ledger says, whatever happens', () => {
  const step = fc.record({
    do: fc.constantFrom('reserve', 'settle', 'fail', 'release', 'reset', 'set', 'tomorrow'),
    session: fc.nat(2),
    agent: fc.constantFrom('writer', undefined),
    amount: fc.nat(600_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const money = openMoney()
      const { budgets, spending } = money
      const sessions = [ids.session(), ids.session(), ids.session()]
      const set = (limit: number): void => {
        budgets.set(newBudget({ limit }))
        budgets.set(newBudget({ scope: 'session', period: 'day', unit: 'tokens', limit }))
        budgets.set(newBudget({ scope: 'agent', subject: 'writer', period: 'total', unit: 'calls', limit: 12 }))
      }
      set(3_000_000)
      let now = Date.parse('2026-11-21T12:00:00Z')
      const running: Hold[] = []
      for (const { do: what, session, agent, amount } of steps) {
        now += 1000
        money.at(new Date(now).toISOString())
        const hold = what === 'reserve' || what === 'reset' ? undefined : running.shift()
        if (what === 'reserve') {
          const call = newCall({ sessionId: sessions[session]!, agent })
          const alone = money.reopen()
          const expected = refusal(() => alone.spending.reserve(call).release())
          expect(refusal(() => running.push(spending.reserve(call)))).toBe(expected)
          alone.db.close()
        } else if (what === 'settle') hold?.settle(tokens(amount), amount)
        else if (what === 'fail') hold?.settle(undefined, undefined, 'failed')
        else if (what === 'release') hold?.release()
        else if (what === 'reset') budgets.reset('month.dollars')
        else if (what === 'set') set(1_000_000 + amount * 5)
        else now += 86_400_000
        const states = ({ spending, budgets } = money) => budgets.all().map((budget) => spending.state(budget))
        const alone = money.reopen()
        expect(states()).toEqual(states(alone))
        for (const sessionId of sessions) expect(spending.statesFor(sessionId)).toEqual(alone.spending.statesFor(sessionId))
        alone.db.close()
      }
      money.db.close()
    }),
    { numRuns: 25 },
  )
})

test('an estimate is cautious, in any script', () => {
  const price: Pricing = { of: ({ input, output }) => input * 3 + output * 15, version: 'abc123' }
  expect(estimateCall({ bytes: Buffer.byteLength('漢字'.repeat(300)) }, price)).toMatchObject({
    inputTokens: 600,
    outputTokens: 4096,
    costMicros: 600 * 3 + 4096 * 15,
    priceVersion: 'abc123',
  })
  expect(estimateCall({ bytes: 3, media: 2, maxOutputTokens: 10 }, { of: () => undefined, version: undefined })).toMatchObject({
    inputTokens: 3201,
    outputTokens: 10,
    costMicros: undefined,
  })
})

describe('a call is bounded by what was set aside for it', () => {
  const price: Pricing = { of: ({ input, output }) => input * 3 + output * 15, version: 'abc123' }
  const estimate = estimateCall({ bytes: 3000, maxOutputTokens: 32_000 }, price)

  test('no budget counts it: the model has its own bound', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ unit: 'calls', limit: 5 }))
    expect(spending.reserve(newCall({ estimate })).outputTokens).toBeUndefined()
  })

  test('a long answer takes no more than a quarter of what is left, a usual one is always possible', () => {
    const { budgets, spending, ledger } = openMoney()
    budgets.set(newBudget({ unit: 'tokens', limit: 100_000 }))
    const first = spending.reserve(newCall({ estimate }))
    expect(first.outputTokens).toBe(24_000)
    expect(spending.reserve(newCall({ estimate })).outputTokens).toBe(17_750)
    expect(ledger.count({ scope: 'all', since: '' }, 'tokens').reserved).toBe(1000 + 24_000 + 1000 + 17_750)
    first.settle(tokens(1000, 10), 5)
    budgets.set(newBudget({ unit: 'tokens', limit: 26_000 }))
    expect(spending.reserve(newCall({ estimate })).outputTokens).toBe(4096)
    expect(refusal(() => spending.reserve(newCall({ estimate })))).toBe('budget.exceeded')
  })

  test('in dollars by the price of the answer, and never beyond the model', () => {
    const { budgets, spending } = openMoney()
    budgets.set(newBudget({ limit: 1_000_000 }))
    expect(spending.reserve(newCall({ estimate })).outputTokens).toBe(Math.floor((250_000 - 3000) / 15))
    budgets.set(newBudget({ limit: 100_000_000 }))
    expect(spending.reserve(newCall({ estimate })).outputTokens).toBe(32_000)
  })

  test('answers as long as they may be never pass the budget, however many race', () => {
    const { budgets, spending, ledger } = openMoney()
    budgets.set(newBudget({ limit: 1_000_000 }))
    for (let open: Hold[] = [], n = 0; n < 50; n++) {
      try {
        open.push(spending.reserve(newCall({ estimate })))
      } catch {
        for (const hold of open) hold.settle(tokens(1000, hold.outputTokens), price.of(tokens(1000, hold.outputTokens)))
        open = []
      }
    }
    expect(ledger.count({ scope: 'all', since: '' }, 'dollars').used).toBeLessThanOrEqual(1_000_000)
  })
})
