import { expect, test } from 'vitest'
import { atomically } from '../../sidecar/foundation/index.ts'
import { newBudget, newCall, openMoney, tokens } from '../fixtures/money.ts'

test('what was settled in a transaction that is rolled back counts as before, and is settled when it is tried again', () => {
  const { db, budgets, spending, ledger } = openMoney()
  budgets.set(newBudget({ limit: 1_200_000 }))
  const hold = spending.reserve(newCall())
  const stand = () => {
    const { used, reserved } = spending.state(budgets.get('month.dollars'))
    return { used, reserved, status: ledger.calls({ limit: 1 })[0]!.status }
  }
  const open = { used: 500_000, reserved: 500_000, status: 'reserved' }
  expect(stand()).toEqual(open)
  const settle = (): void => hold.settle(tokens(1), 900_000)
  const full = (): never => {
    throw new Error('the disk is full')
  }
  expect(() => atomically(db, () => [settle(), full()])).toThrow('full')
  expect(stand()).toEqual(open)
  // A part that is given up takes back its own only.
  atomically(db, () => expect(() => atomically(db, () => [settle(), full()])).toThrow('full'))
  expect(stand()).toEqual(open)
  atomically(db, settle)
  expect(stand()).toEqual({ used: 900_000, reserved: 0, status: 'settled' })
  settle()
  expect(() => atomically(db, full)).toThrow('full')
  expect(stand()).toEqual({ used: 900_000, reserved: 0, status: 'settled' })
})
