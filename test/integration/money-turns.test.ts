import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'

const chunk = (delta: object, finish: string | null = null, usage?: object): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], usage })}\n\n`

/** A model server beyond this computer's free ones: what it charges, it says. @returns its address and how often it was asked */
async function charging(answer: (response: ServerResponse, asked: number, body: string) => void) {
  let asked = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => answer(response, ++asked, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked: () => asked }
}

const says = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, cost: 0.25 }
  response.end(`${chunk({ content: 'yes' }, 'stop', usage)}data: [DONE]\n\n`)
}

async function begin(
  answer: (response: ServerResponse, asked: number, body: string) => void,
  more: Record<string, unknown> = {},
) {
  const server = await charging(answer)
  const overrides = {
    'providers.paid': { type: 'openai', baseUrl: server.url, models: ['m'] },
    'models.default': 'paid/m',
    ...more,
  }
  const bench = await startScripted(() => [{ say: 'from the other' }], { overrides })
  const { id } = await bench.client.sessions.create({ workspace: bench.workspace })
  const screen = await follow(bench.client, id)
  const turn = async () => {
    const after = screen.view.turn?.id
    await say(bench.client, id, 'go')
    return screen.until('rest', (view) => resting(view) && view.turn?.id !== after)
  }
  return { ...bench, id, turn, server }
}

describe('the calls of a turn', () => {
  test('are in the ledger with what they used and cost', async () => {
    const { client, id, turn } = await begin(says)
    await turn()
    const { calls } = await client.usage.calls({})
    expect(calls).toMatchObject([
      {
        sessionId: id,
        model: 'paid/m',
        purpose: 'turn',
        status: 'settled',
        costMicros: 250_000,
        usage: { input: 100, output: 10 },
      },
    ])
  })

  test('count each try, and what another model answered', async () => {
    const { client, turn } = await begin((response) => void response.writeHead(500).end('{}'), {
      'models.fallback': ['scripted/model'],
    })
    await turn()
    const { calls } = await client.usage.calls({})
    const count = (purpose: string, status: string): number =>
      calls.filter((call) => call.purpose === purpose && call.status === status).length
    expect([count('turn', 'failed'), count('retry', 'failed'), count('fallback', 'settled')]).toEqual([1, 3, 1])
  })

  test('are bounded by what budgets have left, and say so when that cuts an answer off', async () => {
    const bounds: unknown[] = []
    const { client, turn } = await begin((response, _, body) => {
      bounds.push(JSON.parse(body).max_completion_tokens ?? JSON.parse(body).max_tokens)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${chunk({ content: 'and so' }, 'length')}data: [DONE]\n\n`)
    })
    await turn()
    await client.budgets.set({ scope: 'all', period: 'month', unit: 'tokens', limit: 20_000 })
    const { turn: ended } = await turn()
    expect(bounds).toEqual([undefined, 4096])
    expect(ended?.failure).toMatchObject({
      code: 'turn.answerTooLong',
      message: 'The model reached the 4,096 tokens that your budgets left room for before it had finished.',
    })
  })

  test('that were refused before any work cost nothing', async () => {
    const { client, turn } = await begin((response) => void response.writeHead(401).end('{}'))
    await turn()
    expect((await client.usage.calls({})).calls).toEqual([])
  })

  test('are not those that a cancel forestalled', async () => {
    const { client, workspace, server } = await begin((response) => void response.writeHead(503, { 'retry-after': '20' }).end())
    const { id } = await client.sessions.create({ workspace })
    const screen = await follow(client, id)
    await say(client, id, 'go')
    await screen.until('a pause', (view) => view.turn?.waiting !== undefined)
    await client.turns.cancel({ sessionId: id })
    await screen.until('rest', resting)
    expect(server.asked()).toBe(1)
    expect((await client.usage.calls({})).calls).toEqual([])
  })
})

describe('a budget', () => {
  test('ends the turn cleanly before the call that would pass it, with what would be needed', async () => {
    const { client, turn, server } = await begin(says)
    await client.budgets.set({ scope: 'all', period: 'day', unit: 'calls', limit: 2 })
    await turn()
    expect((await turn()).turn?.warnings?.join(' ') ?? '').toBe('')
    const view = await turn()
    expect(view.turn).toMatchObject({ state: 'failed', failure: { code: 'budget.exceeded' } })
    expect(server.asked()).toBe(2)
    await client.budgets.remove({ id: (await client.budgets.list()).budgets[0]!.id })
    expect((await turn()).turn?.state).toBe('completed')
  })

  test('warns once when four fifths of it are used', async () => {
    const { client, turn } = await begin(says)
    await client.budgets.set({ scope: 'all', period: 'day', unit: 'calls', limit: 5 })
    const warned: (readonly string[])[] = []
    for (let n = 0; n < 5; n++) warned.push((await turn()).turn?.warnings ?? [])
    expect(warned.map((warnings) => warnings.length)).toEqual([0, 0, 0, 0, 1])
  })

  test('is never passed by fifty agents that race for it', async () => {
    const { client, workspace, server } = await begin(says)
    await client.budgets.set({ scope: 'all', period: 'day', unit: 'calls', limit: 20 })
    const sessions = await Promise.all(Array.from({ length: 50 }, () => client.sessions.create({ workspace })))
    const screens = await Promise.all(sessions.map(({ id }) => follow(client, id)))
    await Promise.all(sessions.map(({ id }) => say(client, id, 'go')))
    const views = await Promise.all(screens.map((screen) => screen.until('rest', resting, 30_000)))
    expect(views.filter((view) => view.turn?.state === 'completed')).toHaveLength(20)
    expect(views.filter((view) => view.turn?.failure?.code === 'budget.exceeded')).toHaveLength(30)
    expect(server.asked()).toBe(20)
  }, 60_000)
})
