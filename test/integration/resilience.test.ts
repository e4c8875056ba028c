import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProviders, type ProviderEvent } from '../../sidecar/providers/index.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

const DONE = {
  id: 'x',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta: { content: 'yes' }, finish_reason: 'stop' }],
}
const good: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(`data: ${JSON.stringify(DONE)}\n\ndata: [DONE]\n\n`)
}
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error: { message: 'no', type: code === 429 ? 'rate_limit_exceeded' : 'server_error' } }))
  }
const cut: Answer = (response) => response.destroy()
const cutAfterWords: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(
    `data: ${JSON.stringify({ ...DONE, choices: [{ index: 0, delta: { content: 'half' }, finish_reason: null }] })}\n\n`,
  )
  setTimeout(() => response.destroy(), 20)
}

/** A server that gives the answers in order, the last one for ever; and a provider that calls it. */
async function begin(answers: Answer[], options: { totalMs?: number } = {}) {
  let asked = 0
  const server = createServer((request, response) => {
    request.resume()
    const answer = answers[Math.min(asked++, answers.length - 1)]!
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const time = { now: 0 }
  const providers = createProviders({
    config: { providers: { own: { type: 'openai', baseUrl, models: ['m'] } }, models: {} },
    env: {},
    timeouts: { connectMs: 2000, idleMs: 2000, trailMs: 100 },
    resilience: { random: () => 0, ...options, now: () => time.now + performance.now() },
  })
  const { provider } = providers.resolve('own/m')
  const call = async (signal = new AbortController().signal): Promise<ProviderEvent[]> => {
    const events: ProviderEvent[] = []
    const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'go' }] }]
    for await (const event of provider.stream({ model: 'm', system: '', messages, tools: [] }, signal)) events.push(event)
    return events
  }
  return { call, providers, time, asked: () => asked }
}

const kinds = (events: ProviderEvent[]): string[] => events.map((event) => event.type)
const WAIT = 'waiting'
const ANSWER = ['text', 'stop']

describe('a failed try is made again', () => {
  test.each([
    ['408', status(408)],
    ['409', status(409)],
    ['429', status(429)],
    ['500', status(500)],
    ['502', status(502)],
    ['503', status(503)],
    ['529', status(529)],
    ['a connection that breaks', cut],
  ])('after %s', async (_, answer) => {
    const { call, asked } = await begin([answer, answer, answer, good])
    expect(kinds(await call())).toEqual([WAIT, WAIT, WAIT, ...ANSWER])
    expect(asked()).toBe(4)
  })

  test('four times at most, and the failure names its cause', async () => {
    const { call, asked } = await begin([status(500)])
    const events = await call()
    expect(kinds(events)).toEqual([WAIT, WAIT, WAIT, 'error'])
    expect(events.at(-1)).toMatchObject({ failure: { code: 'provider.server' } })
    expect(asked()).toBe(4)
  })

  test.each([
    ['400', status(400)],
    ['401', status(401)],
    ['403', status(403)],
    ['404', status(404)],
    ['402', status(402)],
  ])('not after %s', async (_, answer) => {
    const { call, asked } = await begin([answer])
    expect(kinds(await call())).toEqual(['error'])
    expect(asked()).toBe(1)
  })

  test('not once something was shown', async () => {
    const { call, asked } = await begin([cutAfterWords])
    expect(kinds(await call())).toEqual(['text', 'error'])
    expect(asked()).toBe(1)
  })

  test('no sooner than the server asked', async () => {
    const { call } = await begin([status(429, { 'retry-after': '1' }), good])
    const events = await call()
    expect(events[0]).toMatchObject({ type: WAIT, reason: 'retry', ms: 1000 })
    expect(kinds(events).slice(1)).toEqual(ANSWER)
  })

  test('not at all where the server asks for longer than a person would wait', async () => {
    const { call, asked } = await begin([status(429, { 'retry-after': '3600' })])
    expect((await call()).at(-1)).toMatchObject({ type: 'error', retryAfterMs: 3_600_000 })
    expect(asked()).toBe(1)
  })

  test('not after the caller went away', async () => {
    const { call, asked } = await begin([status(500)])
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    expect(kinds(await call(controller.signal))).not.toContain('error')
    expect(asked()).toBe(1)
  })

  test('not beyond the time for the whole call', async () => {
    const hang: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const beat = setInterval(() => response.write(': still here\n\n'), 50)
      response.on('close', () => clearInterval(beat))
    }
    const { call } = await begin([hang], { totalMs: 400 })
    expect((await call()).at(-1)).toMatchObject({ type: 'error', failure: { code: 'provider.timeout' } })
  })
})

describe('a server that fails', () => {
  test('is left alone after five failures, probed by one call, and trusted after two that succeed', async () => {
    const answers = [...Array<Answer>(5).fill(status(500)), good]
    const { call, providers, time, asked } = await begin(answers)
    await call()
    expect(kinds(await call())).toEqual(['error'])
    expect(providers.health()).toMatchObject([{ model: 'own/m', state: 'open' }])
    expect(await call()).toMatchObject([{ type: 'error', failure: { code: 'provider.resting' } }])
    expect(asked()).toBe(5)
    time.now += 30_000
    const both = await Promise.all([call(), call()])
    expect(both.map((events) => kinds(events).at(-1)).sort()).toEqual(['error', 'stop'])
    expect(asked()).toBe(6)
    expect(providers.health()).toMatchObject([{ state: 'halfOpen' }])
    await call()
    expect(providers.health()).toMatchObject([{ state: 'closed' }])
  })

  test('is not blamed for what was wrong with the request', async () => {
    const { call, providers } = await begin([status(400)])
    for (let n = 0; n < 8; n++) await call()
    expect(providers.health()).toMatchObject([{ state: 'closed' }])
  })
})

test('a call that would surely be refused waits, and says so', async () => {
  const limits = {
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '300ms',
  }
  const limited: Answer = (response, request) => {
    for (const [name, value] of Object.entries(limits)) response.setHeader(name, value)
    good(response, request)
  }
  const { call, providers } = await begin([limited, good])
  expect(kinds(await call())).toEqual(ANSWER)
  expect(providers.health()[0]?.requests).toMatchObject({ limit: 1, remaining: 0 })
  const events = await call()
  expect(events[0]).toMatchObject({ type: WAIT, reason: 'quota' })
  expect(kinds(events).slice(1)).toEqual(ANSWER)
})
