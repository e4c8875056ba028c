import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createProviders, type ModelMessage, type ProviderEvent } from '../../sidecar/providers/index.ts'
import {
  type AskOptions,
  allClosed,
  ask as askRaw,
  codeOf,
  END_EVENT,
  KEY,
  named,
  play,
  refuse,
  serve,
  textOf,
} from '../fixtures/raw-server.ts'

const ask = (url: string, options: AskOptions = {}) => askRaw(url, { type: 'openai-responses', ...options })

const created = named({ type: 'response.created', response: { id: 'r1', status: 'in_progress' } })
const text = (delta: string, output_index = 0) =>
  named({ type: 'response.output_text.delta', item_id: 'm1', output_index, content_index: 0, delta })
const done = (item: object, output_index = 0) => named({ type: 'response.output_item.done', output_index, item })
const call = (call_id: string, name: string, args: string, more: object = {}) =>
  done({ type: 'function_call', id: `fc_${call_id}`, call_id, name, arguments: args, status: 'completed', ...more }, 3)
const completed = (response: object = {}) =>
  named({ type: 'response.completed', response: { id: 'r1', status: 'completed', ...response } })
const incomplete = (reason: string) =>
  named({ type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason } } })
const summary = (delta: string) =>
  named({ type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta })
const reasoning = { type: 'reasoning', id: 'rs_1', status: 'completed', encrypted_content: 'ENC' }

const words = 'Grüße 世界 👋🏽 ﷽'
const hello = created + text(words) + done({ type: 'message', content: [{ type: 'output_text', text: words }] }) + completed()

describe('responses as OpenAI and its likes send them', () => {
  it.each([1, 3, 7, 100_000])('in pieces of %i bytes', async (size) => {
    const server = await serve((socket) => play(socket, hello, { size }))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it.each([
    ['CRLF', hello.replaceAll('\n', '\r\n')],
    ['lone CR', hello.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${hello}`],
    ['comments that keep the line open', `: ping\n\n${hello.replaceAll('\n\n', '\n\n: ping\n\n')}`],
    ['no event names', hello.replace(/event: .*\n/g, '')],
    ['[DONE] at the end', `${hello}data: [DONE]\n\n`],
    ['no empty line at the end', hello.trimEnd()],
    ['events nobody knows', named({ type: 'response.of.tomorrow' }) + hello],
    [
      'a message that comes whole',
      created + done({ type: 'message', content: [{ type: 'output_text', text: words }] }) + completed(),
    ],
  ])('with %s', async (_, recorded) => {
    const server = await serve((socket) => play(socket, recorded))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it('with reasoning, parallel calls, calls without arguments and several in one', async () => {
    const recorded =
      created +
      summary('hm') +
      named({ type: 'response.reasoning_summary_part.added', output_index: 0, summary_index: 1 }) +
      summary('so') +
      done({ ...reasoning, summary: [{ type: 'summary_text', text: 'hm' }] }) +
      call('c1', 'read', '{"path":"ü"}') +
      call('c2', 'ls', '') +
      call('c3', 'ls', '{"a":1}{"a":2}') +
      call('c4', 'ls', '{"a') +
      completed({
        usage: {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 60 },
          output_tokens: 9,
          output_tokens_details: { reasoning_tokens: 4 },
        },
      })
    const server = await serve((socket) => play(socket, recorded, { size: 50 }))
    const events = await ask(server.url)
    const thought = events.map((event) => (event.type === 'thinking' ? event.text : '')).join('')
    expect(thought).toBe('hm\n\nso')
    expect(events.filter(({ type }) => type !== 'thinking')).toEqual([
      { type: 'thinkingDone', signature: 'responses:{"type":"reasoning","id":"rs_1","encrypted_content":"ENC","summary":[]}' },
      { type: 'toolCall', callId: 'c1', name: 'read', args: { path: 'ü' } },
      { type: 'toolCall', callId: 'c2', name: 'ls', args: {} },
      { type: 'toolCall', callId: 'c3', name: 'ls', args: { a: 1 } },
      { type: 'toolCall', callId: 'c3_2', name: 'ls', args: { a: 2 } },
      { type: 'toolCall', callId: 'c4', name: 'ls', args: '{"a' },
      { type: 'usage', usage: { input: 40, output: 9, cacheRead: 60, cacheWrite: 0 }, costMicros: undefined },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it('with sources, named once', async () => {
    const cite = (title: string, url: string) =>
      named({ type: 'response.output_text.annotation.added', output_index: 0, annotation: { type: 'url_citation', title, url } })
    const recorded =
      text('So it is.') +
      cite('A [page]', 'https://a.example/x') +
      cite('A [page]', 'https://a.example/x') +
      cite('B', 'javascript:x')
    const server = await serve((socket) => play(socket, recorded + done({ type: 'message', content: [] }) + completed()))
    expect(textOf(await ask(server.url))).toBe('So it is.\n\nSources: [A page](https://a.example/x) · B')
  })

  it.each([
    ['a refusal', named({ type: 'response.refusal.delta', output_index: 0, delta: 'No.' }) + completed(), 'No.', 'refusal'],
    ['a limit', text('a') + incomplete('max_output_tokens'), 'a', 'length'],
    ['a filter', text('a') + incomplete('content_filter'), 'a', 'refusal'],
    [
      'a call cut short',
      text('a') + call('c', 'ls', '{"pa', { status: 'incomplete' }) + incomplete('max_output_tokens'),
      'a',
      'length',
    ],
  ])('ended by %s', async (_, recorded, said, reason) => {
    const server = await serve((socket) => play(socket, created + recorded))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(said)
    expect(events.filter(({ type }) => type === 'toolCall')).toEqual([])
    expect(events.at(-1)).toEqual({ type: 'stop', reason })
  })

  const failed = (error: object) => named({ type: 'response.failed', response: { status: 'failed', error } })
  it.each<[string, string, string, boolean]>([
    ['failed', failed({ code: 'server_error', message: `no ${KEY}` }), 'provider.server', true],
    ['failed for a limit', failed({ code: 'rate_limit_exceeded', message: 'slow' }), 'provider.rateLimited', true],
    ['failed for what was asked', failed({ code: 'invalid_prompt', message: 'no' }), 'provider.badRequest', false],
    ['failed for a picture', failed({ code: 'image_parse_error', message: 'no' }), 'provider.badRequest', false],
    ['an error event', named({ type: 'error', code: 'server_is_overloaded', message: 'x' }), 'provider.overloaded', true],
    ['a nested error', named({ type: 'error', error: { code: 'insufficient_quota', message: 'x' } }), 'provider.quota', false],
    ['garbage', 'data: {"type"\n\n', 'provider.brokenStream', true],
    ['no end', '', 'provider.brokenStream', true],
  ])('broken by %s', async (_, recorded, code, retryable) => {
    const server = await serve((socket) => play(socket, created + text('a') + recorded))
    const events = await ask(server.url)
    expect(textOf(events)).toBe('a')
    expect(codeOf(events)).toBe(code)
    expect(events.at(-1)).toMatchObject({ retryable })
  })

  it('that go silent, or hang after their end', async () => {
    const silent = await serve((socket) => play(socket, created, { end: '' }))
    expect(codeOf(await ask(silent.url))).toBe('provider.timeout')
    const hanging = await serve((socket) => play(socket, hello, { end: '' }))
    expect((await ask(hanging.url)).at(-1)).toEqual(END_EVENT)
    await Promise.all([silent, hanging].map(allClosed))
  })

  it('over a connection that closes on abort', async () => {
    const hanging = await serve((socket) => play(socket, created, { end: '' }))
    const controller = new AbortController()
    const asked = ask(hanging.url, { signal: controller.signal })
    while (hanging.connections === 0) await sleep(1)
    controller.abort()
    expect(await asked).toEqual([])
    await allClosed(hanging)
  })
})

describe('a request for a response', () => {
  const sealed = 'responses:{"type":"reasoning","id":"rs_1","encrypted_content":"ENC","summary":[]}'
  const searched = 'responses:{"type":"web_search_call","id":"ws_1"}'
  const history: ModelMessage[] = [
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', text: 'mine', signature: sealed, model: 'raw/m' },
        { type: 'thinking', text: '', signature: searched, model: 'raw/m' },
        { type: 'thinking', text: 'foreign', signature: 'SEAL', model: 'anthropic/x' },
        { type: 'thinking', text: 'of another model', signature: sealed, model: 'raw/other' },
        { type: 'text', text: 'I look.' },
        { type: 'toolCall', callId: 'c1', name: 'read', args: { path: 'x' } },
      ],
    },
    { role: 'tool', results: [{ callId: 'c1', name: 'read', text: 'X', isError: false }] },
    { role: 'assistant', content: [{ type: 'thinking', text: 'cut short', signature: sealed, model: 'raw/m' }] },
    { role: 'user', content: [{ type: 'text', text: 'and now?' }] },
  ]

  async function exchange(
    options: AskOptions = {},
    refusals: object[] = [],
  ): Promise<[Record<string, unknown>[], ProviderEvent[]]> {
    const bodies: Record<string, unknown>[] = []
    const server = await serve((socket, _, body) => {
      bodies.push(JSON.parse(body) as Record<string, unknown>)
      const error = refusals.shift()
      return error === undefined ? play(socket, hello) : refuse(socket, '400 Bad Request', { error })
    })
    return [bodies, await ask(server.url, { messages: history, ...options })]
  }

  it('stores nothing, carries the sealed reasoning back, and switches nothing on', async () => {
    const tools = [{ name: 'read', description: 'reads', parameters: { type: 'object' } }]
    const [[body]] = await exchange({ request: { system: 'Be terse.', tools, maxOutputTokens: 99 } })
    expect(body).toEqual({
      model: 'm',
      instructions: 'Be terse.',
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      reasoning: { summary: 'auto' },
      max_output_tokens: 99,
      tools: [{ type: 'function', name: 'read', description: 'reads', parameters: { type: 'object' }, strict: false }],
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        { type: 'reasoning', id: 'rs_1', encrypted_content: 'ENC', summary: [{ type: 'summary_text', text: 'mine' }] },
        { type: 'web_search_call', id: 'ws_1' },
        { role: 'assistant', content: 'I look.' },
        { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{"path":"x"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'X' },
        { role: 'user', content: [{ type: 'input_text', text: 'and now?' }] },
      ],
    })
  })

  it('switches on what the configuration names', async () => {
    const [[body]] = await exchange({ settings: { builtinTools: ['web_search'] } })
    expect(body?.tools).toEqual([{ type: 'web_search' }])
  })

  it('is made again without what was refused', async () => {
    const [bodies, events] = await exchange({}, [
      { param: 'reasoning.summary', code: 'unsupported_value', message: 'Your organization must be verified.' },
      { code: 'invalid_encrypted_content', message: 'could not be verified' },
    ])
    expect(events.at(-1)).toEqual(END_EVENT)
    expect(bodies).toHaveLength(3)
    expect(bodies[1]).not.toHaveProperty('reasoning')
    expect(JSON.stringify(bodies[1])).toContain('ENC')
    expect(JSON.stringify(bodies[2])).not.toContain('ENC')
  })

  it('is not made again for what it cannot mend', async () => {
    const [bodies, events] = await exchange({}, [{ param: 'input', message: 'no' }])
    expect(codeOf(events)).toBe('provider.badRequest')
    expect(bodies).toHaveLength(1)
  })
})

describe('answers that the vendor stores', () => {
  const say = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
  const answer: ModelMessage = {
    role: 'assistant',
    content: [
      { type: 'text', text: words },
      { type: 'toolCall', callId: 'c1', name: 'ls', args: {} },
    ],
  }
  const result: ModelMessage = { role: 'tool', results: [{ callId: 'c1', name: 'ls', text: 'X', isError: false }] }
  const recorded = created + text(words) + call('c1', 'ls', '{}') + completed({ id: 'resp_7' })

  /** Calls one after another, of one provider. */
  async function converse(talks: readonly ModelMessage[][], refusals: Record<number, object> = {}) {
    const bodies: Record<string, unknown>[] = []
    const server = await serve((socket, _, body) => {
      const error = refusals[bodies.length]
      bodies.push(JSON.parse(body) as Record<string, unknown>)
      return error === undefined ? play(socket, recorded) : refuse(socket, '404 Not Found', { error })
    })
    const settings = { type: 'openai-responses' as const, baseUrl: `${server.url}/v1`, apiKey: KEY, stateful: true }
    const { provider } = createProviders({ config: { providers: { raw: settings }, models: {} }, env: {} }).resolve('raw/m')
    for (const messages of talks) {
      const events: ProviderEvent[] = []
      const request = { model: 'm', system: '', messages, tools: [] }
      for await (const event of provider.stream(request, new AbortController().signal)) events.push(event)
      expect(events.at(-1)).toEqual({ type: 'stop', reason: 'tools' })
    }
    return bodies.map(({ store, previous_response_id, input }) => [store, previous_response_id, (input as object[]).length])
  }

  it('are leaned on where the conversation is the same to the letter', async () => {
    const other = { ...answer, content: answer.content.slice(1) } as ModelMessage
    expect(
      await converse([[say('a')], [say('a'), answer, result], [say('b'), answer, result], [say('a'), other, result]]),
    ).toEqual([
      [true, undefined, 1],
      [true, 'resp_7', 1],
      [true, undefined, 4],
      [true, undefined, 3],
    ])
  })

  it('are sent in full where the vendor has forgotten them', async () => {
    const gone = { 1: { code: 'previous_response_not_found', message: 'no' } }
    expect(await converse([[say('a')], [say('a'), answer, result]], gone)).toEqual([
      [true, undefined, 1],
      [true, 'resp_7', 1],
      [true, undefined, 4],
    ])
  })

  it('are not looked for where a file is in the conversation', async () => {
    const media = { kind: 'image' as const, mime: 'image/png', name: 'a', base64: async () => 'QQ==' }
    const look: ModelMessage = { role: 'user', content: [{ type: 'media', media }] }
    expect((await converse([[look], [look, answer, result]]))[1]).toEqual([true, undefined, 4])
  })
})
