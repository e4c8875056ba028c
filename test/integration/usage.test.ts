import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProgram } from '../../sidecar/doors/cli/command-tree.ts'
import { createCommands } from '../../sidecar/doors/cli/commands.ts'
import type { Host } from '../../sidecar/doors/cli/host.ts'
import { Interrupts } from '../../sidecar/doors/cli/interrupts.ts'
import { homeToken } from '../../sidecar/doors/index.ts'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

describe('what turns used', () => {
  test('is folded by session, model and day, and told as CSV, also over HTTP', async () => {
    const { client, workspace, sidecar, home } = await startScripted(() => [{ say: 'ok' }], { http: true })
    const sessions = await Promise.all(['first', 'second'].map((title) => client.sessions.create({ workspace, title })))
    for (const { id } of [sessions[0]!, ...sessions]) {
      const screen = await follow(client, id)
      const after = screen.view.turn?.id
      await say(client, id, 'hello')
      await screen.until('rest', (view) => resting(view) && view.turn?.id !== after)
      screen.stop()
    }
    const bySession = await client.usage.summary({ by: 'session' })
    expect(bySession.rows.map(({ key, label, calls }) => [key, label, calls])).toEqual([
      [sessions[0]!.id, 'first', 2],
      [sessions[1]!.id, 'second', 1],
    ])
    expect(bySession.total).toEqual({
      calls: 3,
      unpricedCalls: 3,
      costMicros: 0,
      usage: { input: 30, output: 15, cacheRead: 0, cacheWrite: 0 },
    })
    expect((await client.usage.summary({ by: 'model' })).rows).toMatchObject([{ key: 'scripted/model', calls: 3 }])
    expect((await client.usage.summary({ by: 'day', from: '2000-01-01', to: '2000-12-31' })).rows).toEqual([])

    const headers = { authorization: `Bearer ${homeToken(join(home, 'run'))}` }
    const { csv } = (await (await fetch(`${sidecar.url}/api/usage/csv`, { headers })).json()) as { csv: string }
    const lines = csv.trimEnd().split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toContain(`${sessions[0]!.id},trn_`)
    expect(lines[1]).toMatch(/,scripted,scripted\/model,turn,settled,10,5,0,0,,/)
  })

  test('the view of a session knows how much of the window is taken', async () => {
    const { client, workspace } = await startScripted(() => [{ say: 'ok' }])
    const { id } = await client.sessions.create({ workspace })
    const screen = await follow(client, id)
    expect(screen.view.contextTokens).toBeUndefined()
    await say(client, id, 'hello')
    expect((await screen.until('rest', resting)).contextTokens).toBe(15)
  })
})

test('killed while a model answers: after the next start the call is marked, and nothing stays set aside', async () => {
  const folder = temporaryFolder()
  const [home, workspace] = [join(folder, 'home'), join(folder, 'work')]
  mkdirSync(workspace)
  const model = await startModelServer(() => [{ say: 'I begin' }, { hang: true }])
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)
  const first = await startSidecarProcess(home)
  onTestFinished(() => first.kill())
  await first.client.budgets.set({ period: 'total', unit: 'tokens', limit: 1_000_000 })
  const { id } = await first.client.sessions.create({ workspace })
  await say(first.client, id, 'hello')
  await expect.poll(async () => (await first.client.budgets.list()).budgets[0]?.reserved).toBeGreaterThan(0)
  await first.kill()

  const second = await startSidecarProcess(home)
  onTestFinished(() => second.kill())
  const { calls } = await second.client.usage.calls({})
  expect(calls).toHaveLength(1)
  expect(calls[0]).toMatchObject({ sessionId: id, status: 'abandoned' })
  expect(calls[0]!.costMicros).toBeUndefined()
  const { budgets } = await second.client.budgets.list()
  expect(budgets).toMatchObject([{ id: 'total.tokens', reserved: 0, uncertainCalls: 1 }])
  expect((await second.client.usage.summary({})).total).toMatchObject({ calls: 1, unpricedCalls: 1 })
  expect(await second.stop()).toBe(0)
})

test('budgets and usage on the command line', async () => {
  const { client, workspace, home } = await startScripted(() => [{ say: 'ok' }], { http: true })
  const oxbow = async (...argv: string[]): Promise<{ printed: string; noted: string }> => {
    const said = { printed: '', noted: '' }
    const host: Host = {
      env: { OXBOW_HOME: home },
      cwd: workspace,
      terminal: process,
      interrupts: new Interrupts(),
      startOwn: () => Promise.reject(new Error('one runs already')),
      print: (line) => {
        said.printed += `${line}\n`
      },
      note: (line) => {
        said.noted += `${line}\n`
      },
    }
    const program: Command = createProgram(
      createCommands(host, () => program),
      '0',
      () => {},
    )
    await program.parseAsync(argv, { from: 'user' })
    return said
  }
  const { id } = await client.sessions.create({ workspace, title: 'mine' })
  const screen = await follow(client, id)

  expect(await oxbow('usage')).toEqual({ printed: '', noted: 'No model was called so far.\n' })
  expect((await oxbow('budget')).noted).toBe('No budget is set. For example: oxbow budget set month 20 dollars\n')
  expect((await oxbow('budget', 'set', 'total', '1', 'call')).printed).toBe('1 call in all: 0 calls used (0 %)\n')
  await say(client, id, 'hello')
  await screen.until('rest', resting)
  expect((await oxbow('budget', 'list')).printed).toBe('total.calls  1 call in all  1 call used (100 %)\n')
  expect((await oxbow('budget', 'reset', 'total.calls')).printed).toBe('1 call in all: 0 calls used (0 %)\n')
  await expect(oxbow('budget', 'remove', 'total.cals')).rejects.toMatchObject({ data: { hint: 'Did you mean total.calls?' } })
  await oxbow('budget', 'remove', 'total.calls')
  await expect(oxbow('budget', 'set', 'month', 'much', 'dollars')).rejects.toThrow('"much" is no amount')
  expect((await oxbow('usage', '--by', 'model')).printed).toMatch(
    /^model +calls .*\nscripted\/model +1 +10 +5 +1 call of unknown price\n$/,
  )
  expect((await oxbow('usage', '--by', 'session')).printed).toContain(`${id} mine`)
  expect((await oxbow('usage', '--csv')).printed).toMatch(/^at,day,.*\r\n.*,scripted\/model,turn,settled,10,5,0,0,,\n$/)
  expect(JSON.parse((await oxbow('usage', '--json')).printed)).toMatchObject({ total: { calls: 1 } })
  await expect(oxbow('usage', '--from', 'May')).rejects.toThrow('"May" is no day')
})
