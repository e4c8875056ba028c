import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Media, ModelMessage } from '../../sidecar/providers/index.ts'
import {
  type AskOptions,
  allClosed,
  ask as askRaw,
  codeOf,
  END_EVENT,
  KEY,
  play,
  refuse,
  serve,
  sse,
  textOf,
} from '../fixtures/raw-server.ts'

const ask = (url: string, options: AskOptions = {}) => askRaw(url, { type: 'gemini', ...options })

const parts = (...all: object[]) => sse({ candidates: [{ content: { role: 'model', parts: all } }] })
const stop = (finishReason: string, more: object = {}) => sse({ candidates: [{ finishReason, ...more }] })
const words = 'Grüße 世界 👋🏽 ﷽'
const hello = parts({ text: words }) + stop('STOP')

describe('answers as Gemini sends them', () => {
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
    ['[DONE] at the end', `${hello}data: [DONE]\n\n`],
    ['no empty line at the end', hello.trimEnd()],
    ['a reason with every piece', sse({ candidates: [{ content: { parts: [{ text: words }] }, finishReason: 'STOP' }] })],
    ['pieces without parts', sse({}) + sse({ candidates: [] }) + sse({ candidates: [{ content: {} }] }) + hello],
  ])('with %s', async (_, recorded) => {
    const server = await serve((socket) => play(socket, recorded))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it('with thoughts, their signatures, parallel calls without ids, and usage', async () => {
    const recorded =
      parts({ text: 'hm ', thought: true }) +
      parts({ text: 'so', thought: true }) +
      parts(
        { functionCall: { name: 'read', args: { path: 'ü' } }, thoughtSignature: 'SIG' },
        { functionCall: { name: 'ls' } },
        { functionCall: { id: 'own', name: 'ls', args: {} } },
      ) +
      sse({
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: 100,
          cachedContentTokenCount: 60,
          toolUsePromptTokenCount: 5,
          candidatesTokenCount: 7,
          thoughtsTokenCount: 3,
        },
      })
    const server = await serve((socket) => play(socket, recorded))
    expect(await ask(server.url)).toEqual([
      { type: 'thinking', text: 'hm so' },
      { type: 'thinkingDone', signature: 'gemini:SIG' },
      { type: 'toolCall', callId: 'call_1', name: 'read', args: { path: 'ü' } },
      { type: 'toolCall', callId: 'call_2', name: 'ls', args: {} },
      { type: 'toolCall', callId: 'own', name: 'ls', args: {} },
      { type: 'usage', usage: { input: 45, output: 10, cacheRead: 60, cacheWrite: 0 }, costMicros: undefined },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it('with sources, named once', async () => {
    const chunks = { groundingMetadata: { groundingChunks: [{ web: { title: 'A', uri: 'https://a.example' } }] } }
    const server = await serve((socket) => play(socket, parts({ text: 'So.' }) + stop('STOP', chunks)))
    expect(textOf(await ask(server.url))).toBe('So.\n\nSources: [A](https://a.example)')
  })

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'refusal'],
    ['RECITATION', 'refusal'],
    ['PROHIBITED_CONTENT', 'refusal'],
  ])('ended by %s', async (reason, expected) => {
    const server = await serve((socket) => play(socket, parts({ text: 'a' }) + stop(reason)))
    expect((await ask(server.url)).at(-1)).toEqual({ type: 'stop', reason: expected })
  })

  it('ended before it began, because of what was asked', async () => {
    const server = await serve((socket) => play(socket, sse({ promptFeedback: { blockReason: 'SAFETY' } })))
    expect(await ask(server.url)).toEqual([{ type: 'stop', reason: 'refusal' }])
  })

  it.each<[string, string, string, boolean]>([
    ['a malformed call', stop('MALFORMED_FUNCTION_CALL'), 'provider.server', true],
    ['an error', sse({ error: { code: 503, status: 'UNAVAILABLE', message: `no ${KEY}` } }), 'provider.overloaded', true],
    ['a limit', sse({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }), 'provider.rateLimited', true],
    ['garbage', 'data: {"cand\n\n', 'provider.brokenStream', true],
    ['no end', '', 'provider.brokenStream', true],
  ])('broken by %s', async (_, recorded, code, retryable) => {
    const server = await serve((socket) => play(socket, parts({ text: 'a' }) + recorded))
    const events = await ask(server.url)
    expect([textOf(events), codeOf(events)]).toEqual(['a', code])
    expect(events.at(-1)).toMatchObject({ retryable })
  })

  const info = (type: string, more: object) => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...more })
  it.each<[string, object, object]>([
    [
      '429 Too Many Requests',
      { code: 429, status: 'RESOURCE_EXHAUSTED', details: [info('RetryInfo', { retryDelay: '37.5s' })] },
      { failure: { code: 'provider.rateLimited' }, retryable: true, retryAfterMs: 37_500 },
    ],
    [
      '429 Too Many Requests',
      {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        details: [info('QuotaFailure', { violations: [{ quotaId: 'RequestsPerDay' }] })],
      },
      { failure: { code: 'provider.quota' }, retryable: false },
    ],
    [
      '400 Bad Request',
      { code: 400, status: 'INVALID_ARGUMENT', details: [info('ErrorInfo', { reason: 'API_KEY_INVALID' })] },
      { failure: { code: 'provider.keyWrong' }, retryable: false },
    ],
    [
      '400 Bad Request',
      {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
      },
      { failure: { code: 'provider.contextTooLong' }, retryable: false },
    ],
    ['404 Not Found', { code: 404, status: 'NOT_FOUND' }, { failure: { code: 'provider.modelUnknown' }, retryable: false }],
    [
      '503 Service Unavailable',
      { code: 503, status: 'UNAVAILABLE' },
      { failure: { code: 'provider.overloaded' }, retryable: true },
    ],
  ])('%s with %o', async (status, error, expected) => {
    const server = await serve((socket) => refuse(socket, status, [{ error }]))
    expect((await ask(server.url)).at(-1)).toMatchObject(expected)
  })

  it('that go silent, or hang after their end', async () => {
    const silent = await serve((socket) => play(socket, parts({ text: 'a' }), { end: '' }))
    expect(codeOf(await ask(silent.url))).toBe('provider.timeout')
    const hanging = await serve((socket) => play(socket, hello, { end: '' }))
    expect((await ask(hanging.url)).at(-1)).toEqual(END_EVENT)
    await Promise.all([silent, hanging].map(allClosed))
  })

  it('over a connection that closes on abort', async () => {
    const hanging = await serve((socket) => play(socket, parts({ text: 'a' }), { end: '' }))
    const controller = new AbortController()
    const asked = ask(hanging.url, { signal: controller.signal, onEvent: () => controller.abort() })
    while (hanging.connections === 0) await sleep(1)
    await asked
    await allClosed(hanging)
  })
})

describe('a request to Gemini', () => {
  async function sent(options: AskOptions = {}): Promise<{ head: string; body: Record<string, unknown> }> {
    let head = ''
    let body = ''
    const server = await serve((socket, told, asked) => {
      head = told
      body = asked
      return play(socket, hello)
    })
    expect((await ask(server.url, options)).at(-1)).toEqual(END_EVENT)
    return { head, body: JSON.parse(body) as Record<string, unknown> }
  }

  const file = (kind: Media['kind'], mime: string) => ({
    type: 'media' as const,
    media: { kind, mime, name: `a.${kind}`, base64: async () => 'QQ==' },
  })
  const thought = (signature: string | undefined, model = 'raw/m') => ({
    type: 'thinking' as const,
    text: 'hm',
    signature,
    model,
  })
  const call = (callId: string) => ({ type: 'toolCall' as const, callId, name: 'read', args: { path: callId } })
  const messages: ModelMessage[] = [
    {
      role: 'user',
      content: [{ type: 'text', text: 'hi' }, file('image', 'image/png'), file('video', 'video/mp4'), file('image', 'image/gif')],
    },
    { role: 'assistant', content: [thought('gemini:S1'), call('c1'), call('c2')] },
    {
      role: 'tool',
      results: [
        { callId: 'c1', name: 'read', text: 'X', isError: false },
        { callId: 'c2', name: 'read', text: 'no', isError: true },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'so' }, thought('gemini:S2')] },
    { role: 'user', content: [{ type: 'text', text: 'and?' }] },
    { role: 'assistant', content: [thought('SEAL', 'anthropic/x'), call('c3')] },
    { role: 'tool', results: [{ callId: 'c3', name: 'read', text: 'Y', isError: false }] },
  ]

  it('carries signatures back where they belong, files, and the results beside their calls', async () => {
    const { body, head } = await sent({
      messages,
      request: { model: 'gemini-3.8-flash', system: 'Be terse.', maxOutputTokens: 99 },
    })
    expect(head).toContain('POST /v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse ')
    expect(head.toLowerCase()).toContain(`x-goog-api-key: ${KEY}`)
    expect(head).not.toContain(`?key=`)
    expect(body).toMatchObject({
      generationConfig: { maxOutputTokens: 99 },
      systemInstruction: { parts: [{ text: 'Be terse.' }] },
    })
    expect(body.contents).toEqual([
      {
        role: 'user',
        parts: [
          { text: 'hi' },
          { inlineData: { mimeType: 'image/png', data: 'QQ==' } },
          { inlineData: { mimeType: 'video/mp4', data: 'QQ==' } },
          { text: "[image: a.image — this model's interface takes no image/gif]" },
        ],
      },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'c1', name: 'read', args: { path: 'c1' } }, thoughtSignature: 'S1' },
          { functionCall: { id: 'c2', name: 'read', args: { path: 'c2' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'read', response: { output: 'X' } } },
          { functionResponse: { id: 'c2', name: 'read', response: { error: 'no' } } },
        ],
      },
      { role: 'model', parts: [{ text: 'so' }, { text: '', thoughtSignature: 'S2' }] },
      { role: 'user', parts: [{ text: 'and?' }] },
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'c3', name: 'read', args: { path: 'c3' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { id: 'c3', name: 'read', response: { output: 'Y' } } }] },
    ])
  })

  it('has no place for signatures in older models', async () => {
    const { body } = await sent({ messages, request: { model: 'gemini-2.5-pro' } })
    expect(JSON.stringify(body)).not.toContain('skip_thought')
  })

  it('describes tools, and asks for thoughts where the model has some', async () => {
    const parameters = { $schema: 'x', type: 'object', properties: { path: { type: 'string' } } }
    const tools = [{ name: 'read', description: 'reads', parameters }]
    const { body } = await sent({ id: 'google', request: { tools, model: 'gemini-3.8-flash' } })
    expect(body).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            {
              name: 'read',
              description: 'reads',
              parametersJsonSchema: { type: 'object', properties: { path: { type: 'string' } } },
            },
          ],
        },
      ],
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    })
    expect(JSON.stringify(body)).not.toContain('$schema')
    expect(JSON.stringify((await sent({ request: { model: 'nobody-knows' } })).body)).not.toContain('thinkingConfig')
  })
})

describe('files that are too large for a request', () => {
  const film = (fill: number): Media => ({
    kind: 'video',
    mime: 'video/mp4',
    name: `${fill}.mp4`,
    base64: async () => Buffer.alloc(6_000_000, fill).toString('base64'),
  })
  const messages: ModelMessage[] = [{ role: 'user', content: [film(1), film(2)].map((media) => ({ type: 'media', media })) }]

  /** Google's own protocol: a place to upload to, the bytes, what became of them, and then the model. */
  async function google(states: string[]) {
    const seen: string[] = []
    const kinds: string[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (part: Buffer) => chunks.push(part))
      request.on('end', () => {
        const path = request.url!.split('?')[0]!
        seen.push(`${request.method} ${path}`)
        const file = () => ({ name: 'files/one', uri: `${url}/v1beta/files/one`, state: states.shift() })
        if (request.method === 'GET') return response.end(JSON.stringify(file()))
        if (request.url!.includes('upload_id='))
          return response.setHeader('X-Goog-Upload-Status', 'final').end(JSON.stringify({ file: file() }))
        if (path.startsWith('/upload/'))
          return response.setHeader('X-Goog-Upload-URL', `${url}/upload/v1beta/files?upload_id=x`).end('{}')
        const { contents } = JSON.parse(Buffer.concat(chunks).toString()) as { contents: { parts: object[] }[] }
        kinds.push(...contents[0]!.parts.map((part) => Object.keys(part)[0]!))
        return response.writeHead(200, { 'content-type': 'text/event-stream' }).end(hello)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, seen, kinds }
  }

  it('are handed in apart where the person lets them be stored, once for all requests', async () => {
    const { url, seen, kinds } = await google(['PROCESSING', 'ACTIVE'])
    const timeouts = { idleMs: 5_000, connectMs: 5_000 }
    const events = await ask(url, { messages, settings: { stateful: true }, timeouts })
    expect(codeOf(events)).toEqual(END_EVENT)
    expect(seen).toEqual([
      'POST /upload/v1beta/files',
      'POST /upload/v1beta/files',
      'GET /v1beta/files/one',
      'POST /v1beta/models/m:streamGenerateContent',
    ])
    expect(kinds.sort()).toEqual(['fileData', 'inlineData'])
  })

  it('are refused with what to do where they may not be stored, before anything is sent', async () => {
    const { url, seen } = await google([])
    const last = (await ask(url, { messages })).at(-1)
    expect(last).toMatchObject({ type: 'error', failure: { code: 'provider.badRequest' } })
    expect(JSON.stringify(last)).toContain('stateful = true')
    expect(seen).toEqual([])
  })

  it('that Google cannot read are named', async () => {
    const { url } = await google(['FAILED'])
    const last = (await ask(url, { messages, settings: { stateful: true } })).at(-1)
    expect(JSON.stringify(last)).toContain('could not read a file of type video/mp4')
  })
})
