import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../fixtures/log.ts'
import { newCall, openMoney } from '../fixtures/money.ts'

test('killed between reserving and settling: nothing settled is lost, nothing stays reserved', async () => {
  const path = join(temporaryFolder(), 'oxbow.db')
  const child = spawn(process.execPath, [fileURLToPath(new URL('../fixtures/spender.ts', import.meta.url)), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')

  const { spending, budgets, ledger, at } = openMoney('UTC', path)
  // The child's calls were made by the computer's clock.
  at(new Date().toISOString())
  expect(spending.recover()).toBe(2)
  expect(ledger.calls({ limit: 10 })).toMatchObject([{ status: 'abandoned' }, { status: 'abandoned' }, { costMicros: 100_000 }])
  expect((await ledger.summary('day', {})).total).toMatchObject({ calls: 3, unpricedCalls: 2, costMicros: 100_000 })
  const total = budgets.get('total.dollars')
  expect(spending.state(total)).toMatchObject({ used: 700_000, reserved: 0, uncertainCalls: 2 })
  expect(() => spending.reserve(newCall())).toThrow('$0.30 left')
  budgets.reset(total.id)
  const hold = spending.reserve(newCall())
  hold.release()
})
