import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { LLMock } from '@copilotkit/aimock'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createProviders, type ModelMessage, type ModelRequest, type ProviderEvent } from '../../sidecar/providers/index.ts'

const KEY = 'sk-planted-0123456789abcdef'
const mock = new LLMock({ port: 0 })
beforeAll(async () => {
  await mock.start()
})
afterAll(() => mock.stop())
afterEach(() => {
  mock.reset()
})

const tools = [
  { name: 'read', description: 'reads a file', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
]

async function ask(
  [ref, type]: Vendor,
  messages: ModelMessage[],
  { signal = new AbortController().signal, server = mock.url } = {},
): Promise<ProviderEvent[]> {
  const baseUrl = type.startsWith('openai') ? `${server}/v1` : server
  const id = ref.slice(0, ref.indexOf('/'))
  const providers = createProviders({
    resilience: { tries: 1 },
    config: {
      providers: { [id]: { type, baseUrl, apiKey: KEY } },
      models: {},
    },
    env: {},
    timeouts: { connectMs: 1_500, idleMs: 500 },
  })
  const { provider, model } = providers.resolve(ref)
  const request: ModelRequest = { model, system: 'You are terse.', messages, tools }
  const events: ProviderEvent[] = []
  for await (const event of provider.stream(request, signal)) events.push(event)
  expect(JSON.stringify(events)).not.toContain(KEY)
  expect(events.filter(({ type }) => type === 'stop' || type === 'error')).toEqual(signal.aborted ? [] : events.slice(-1))
  return events
}

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
const join = (events: ProviderEvent[], type: 'text' | 'thinking') =>
  events.map((event) => (event.type === type ? event.text : '')).join('')
const failure = (events: ProviderEvent[]) => {
  const last = events.at(-1)
  return last?.type === 'error' ? { code: last.failure.code, retryable: last.retryable, retryAfterMs: last.retryAfterMs } : last
}

type Vendor = readonly [ref: string, type: 'openai' | 'openai-responses' | 'anthropic' | 'gemini']
const chat: Vendor = ['openai/gpt-5.2', 'openai']
const messages: Vendor = ['anthropic/claude-sonnet-5', 'anthropic']
const vendors: readonly Vendor[] = [chat, ['openai/gpt-5.2', 'openai-responses'], messages, ['google/gemini-3.8-flash', 'gemini']]

describe.each(vendors)('%s (%s)', (ref, type) => {
  const vendor: Vendor = [ref, type]
  it('streams text, and counts and prices it', async () => {
    mock.onMessage('greet', {
      content: 'Grüße, 世界 👋🏽!',
      usage: { prompt_tokens: 1000, completion_tokens: 10, input_tokens: 1000, output_tokens: 10 },
    })
    const events = await ask(vendor, [user('greet')])
    expect(join(events, 'text')).toBe('Grüße, 世界 👋🏽!')
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'end' })
    const usage = events.findLast((event) => event.type === 'usage')
    expect(usage?.usage).toEqual({ input: 1000, output: 10, cacheRead: 0, cacheWrite: 0 })
    expect(usage?.costMicros).toBe({ openai: 1890, anthropic: 2100, google: 788 }[ref.replace(/\/.*/, '')])
  })

  it('streams thinking before text', async () => {
    mock.onMessage('think', { content: 'yes', reasoning: 'hm, let me see', reasoningSignature: 'seal' })
    const events = await ask(vendor, [user('think')])
    expect(join(events, 'thinking')).toBe('hm, let me see')
    const done = events.findIndex(({ type }) => type === 'thinkingDone')
    expect(done).toBeGreaterThan(events.findLastIndex(({ type }) => type === 'thinking'))
    expect(done).toBeLessThan(events.findIndex(({ type }) => type === 'text'))
    if (ref.startsWith('anthropic')) expect(events[done]).toMatchObject({ signature: 'seal' })
  })

  it('calls tools, takes results, and answers', async () => {
    mock.on(
      { userMessage: 'look', hasToolResult: false },
      {
        content: 'I look.',
        toolCalls: [
          { name: 'read', arguments: '{"path":"a.txt"}' },
          { name: 'read', arguments: '{"path":"b.txt"}' },
        ],
      },
    )
    mock.on({ userMessage: 'look', hasToolResult: true }, { content: 'a and b' })
    const messages = [user('look')]
    const first = await ask(vendor, messages)
    const calls = first.filter((event) => event.type === 'toolCall')
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['read', { path: 'a.txt' }],
      ['read', { path: 'b.txt' }],
    ])
    expect(first.at(-1)).toEqual({ type: 'stop', reason: 'tools' })
    messages.push({ role: 'assistant', content: [{ type: 'text', text: join(first, 'text') }, ...calls] })
    messages.push({ role: 'tool', results: calls.map(({ callId, name }) => ({ callId, name, text: 'x', isError: false })) })
    const second = await ask(vendor, messages)
    expect(join(second, 'text')).toBe('a and b')
    expect(second.at(-1)).toEqual({ type: 'stop', reason: 'end' })
  })

  it.each([
    [401, { type: 'authentication_error' }, { code: 'provider.keyWrong', retryable: false }],
    [403, {}, { code: 'provider.keyWrong', retryable: false }],
    [404, { type: 'not_found_error' }, { code: 'provider.modelUnknown', retryable: false }],
    [400, { type: 'invalid_request_error' }, { code: 'provider.badRequest', retryable: false }],
    [429, { type: 'rate_limit_error' }, { code: 'provider.rateLimited', retryable: true, retryAfterMs: 3000 }],
    [429, { code: 'insufficient_quota', type: 'insufficient_quota' }, { code: 'provider.quota', retryable: false }],
    [500, { type: 'api_error' }, { code: 'provider.server', retryable: true }],
    [503, {}, { code: 'provider.overloaded', retryable: true }],
    [529, { type: 'overloaded_error' }, { code: 'provider.overloaded', retryable: true }],
  ])('HTTP %i %o', async (status, error, expected) => {
    mock.onMessage('fail', { error: { message: `no: ${KEY}`, ...error }, status, retryAfter: 3 })
    expect(failure(await ask(vendor, [user('fail')]))).toMatchObject(expected)
    expect(mock.getRequests()).toHaveLength(1)
  })

  it('says so when the answer breaks off', async () => {
    mock.onMessage(
      'cut',
      { content: 'an answer that never ends '.repeat(5) },
      { chunkSize: 4, latency: 5, truncateAfterChunks: 12 },
    )
    const events = await ask(vendor, [user('cut')])
    expect(failure(events)).toMatchObject({ code: 'provider.brokenStream', retryable: true })
    expect(join(events, 'text')).not.toBe('')
  })

  it('says so when the answer is garbage or none', async () => {
    mock.onMessage('x', { content: 'y' }, { chaos: { malformedRate: 1 } })
    expect(failure(await ask(vendor, [user('x')]))).toMatchObject({ code: 'provider.brokenStream' })
    mock.reset()
    mock.onMessage('x', { content: 'y' }, { chaos: { disconnectRate: 1 } })
    expect(failure(await ask(vendor, [user('x')]))).toMatchObject({ code: 'provider.connection' })
  })

  it('waits only so long', async () => {
    mock.onMessage('slow', { content: 'at last' }, { streamingProfile: { ttft: 5_000 } })
    expect(failure(await ask(vendor, [user('slow')]))).toMatchObject({ code: 'provider.timeout', retryable: true })
  })

  it('ends at once when aborted', async () => {
    mock.onMessage('slow', { content: 'word '.repeat(500) }, { latency: 20 })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    await ask(vendor, [user('slow')], { signal: controller.signal })
    const before = { signal: AbortSignal.abort() }
    expect(await ask(vendor, [user('slow')], before)).toEqual([])
  })
})

describe('what goes over the wire', () => {
  const history: ModelMessage[] = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hello' },
        { type: 'document', name: 'a.md', text: '# A' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', text: 'mine', signature: 'S1', model: 'anthropic/claude-sonnet-4-5' },
        { type: 'thinking', text: 'foreign', signature: 'S2', model: 'openrouter/x' },
        { type: 'thinking', text: '', signature: 'redacted:DATA', model: 'anthropic/claude-sonnet-5' },
        { type: 'text', text: 'Let me see.' },
        { type: 'toolCall', callId: 'functions.read:0', name: 'read', args: { path: 'x' } },
        { type: 'toolCall', callId: 'c2', name: 'read', args: '{"path' },
      ],
    },
    {
      role: 'tool',
      results: [
        { callId: 'functions.read:0', name: 'read', text: 'X', isError: false },
        { callId: 'c2', name: 'read', text: 'bad arguments', isError: true },
      ],
    },
    user('and now?'),
  ]
  const raw = async (vendor: Vendor): Promise<Record<string, unknown>> => {
    let body = ''
    const between = createServer(async (request, response) => {
      body = await text(request)
      const answer = await fetch(`${mock.url}${request.url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      response.writeHead(answer.status, { 'content-type': 'text/event-stream' }).end(await answer.text())
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void between.close())
    await once(between, 'listening')
    mock.onMessage(/now/, { content: 'ok' })
    const server = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
    expect((await ask(vendor, history, { server })).at(-1)).toEqual({ type: 'stop', reason: 'end' })
    return JSON.parse(body) as Record<string, unknown>
  }

  it('is right for Anthropic', async () => {
    const { messages: told, system, tools: sent, thinking, max_tokens } = await raw(messages)
    const cache = { cache_control: { type: 'ephemeral' } }
    expect(system).toEqual([{ type: 'text', text: 'You are terse.', ...cache }])
    expect(sent).toMatchObject([{ name: 'read', ...cache }])
    expect([thinking, max_tokens]).toEqual([{ type: 'adaptive', display: 'summarized' }, 32_000])
    expect(told).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hello' },
          { type: 'text', text: '--- document: a.md ---\n# A\n--- end of a.md ---', ...cache },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'mine', signature: 'S1' },
          { type: 'redacted_thinking', data: 'DATA' },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'functions_read_0', name: 'read', input: { path: 'x' } },
          { type: 'tool_use', id: 'c2', name: 'read', input: { unparsed: '{"path' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_read_0', content: 'X', is_error: false },
          { type: 'tool_result', tool_use_id: 'c2', content: 'bad arguments', is_error: true },
          { type: 'text', text: 'and now?', ...cache },
        ],
      },
    ])
  })

  it('is right for OpenAI', async () => {
    const { messages, stream_options } = await raw(chat)
    expect(stream_options).toEqual({ include_usage: true })
    expect(messages).toEqual([
      { role: 'system', content: 'You are terse.' },
      { role: 'user', content: 'hello\n\n--- document: a.md ---\n# A\n--- end of a.md ---' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'functions.read:0', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } },
          { id: 'c2', type: 'function', function: { name: 'read', arguments: '{"unparsed":"{\\"path"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'functions.read:0', content: 'X' },
      { role: 'tool', tool_call_id: 'c2', content: 'bad arguments' },
      { role: 'user', content: 'and now?' },
    ])
  })
})
