import { describe, expect, test } from 'vitest'
import { amount, budgetTitle, dollars } from '../../sidecar/contract/index.ts'
import { parseBudget } from '../../sidecar/doors/cli/commands/budget.ts'

describe('a budget on the command line', () => {
  test.each([
    [['month', '20', 'dollars'], { scope: 'all', period: 'month', unit: 'dollars', limit: 20_000_000 }],
    [['day', '$2.50', 'USD'], { scope: 'all', period: 'day', unit: 'dollars', limit: 2_500_000 }],
    [['total', '1,000', 'calls'], { scope: 'all', period: 'total', unit: 'calls', limit: 1000 }],
    [['session', '1.5m', 'tokens'], { scope: 'session', period: 'total', unit: 'tokens', limit: 1_500_000 }],
    [
      ['agent:writer', '500k', 'token', 'day'],
      { scope: 'agent', subject: 'writer', period: 'day', unit: 'tokens', limit: 500_000 },
    ],
  ] as const)('%j', ([what, size, unit, per], budget) => {
    expect(parseBudget(what, size, unit, per)).toEqual(budget)
  })

  test.each([
    [['month', '20', 'euros'], '"euros" is no unit'],
    [['month', '-1', 'dollars'], '"-1" is no amount'],
    [['month', '0', 'dollars'], '"0" is no amount'],
    [['month', '1e9', 'dollars'], '"1e9" is no amount'],
    [['year', '1', 'dollars'], '"year" is nothing a budget can be for'],
    [['month', '1', 'dollars', 'day'], 'a budget for the month takes no --per'],
  ] as const)('%j is refused', ([what, size, unit, per], message) => {
    expect(() => parseBudget(what, size, unit, per)).toThrow(message)
  })
})

test.each([
  [0, '$0.00'],
  [50, '<$0.0001'],
  [4200, '$0.0042'],
  [10_000, '$0.01'],
  [1_234_567_890, '$1,234.57'],
])('%i micro-dollars are %s', (micros, words) => {
  expect(dollars(micros)).toBe(words)
})

test('budgets in words', () => {
  expect(amount('tokens', 1)).toBe('1 token')
  expect(budgetTitle({ scope: 'session', period: 'total', unit: 'calls', limit: 5 })).toBe('5 calls in all for each session')
  expect(budgetTitle({ scope: 'agent', subject: 'writer', period: 'day', unit: 'tokens', limit: 5000 })).toBe(
    '5,000 tokens a day for agent writer',
  )
})
