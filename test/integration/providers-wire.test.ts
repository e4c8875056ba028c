import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createProviders, type ProviderEvent } from '../../sidecar/providers/index.ts'

const KEY = 'sk-planted-0123456789abcdef'

/** A server that speaks bytes: what it writes on each request is up to the test. */
interface RawServer {
  url: string
  sockets: Set<Socket>
  connections: number
}

let running: Server[] = []
afterEach(() => {
  for (const server of running) server.close()
  running = []
})

async function serve(answer: (socket: Socket, head: string) => void | Promise<void>): Promise<RawServer> {
  const raw: RawServer = { url: '', sockets: new Set(), connections: 0 }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    raw.connections++
    raw.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('close', () => raw.sockets.delete(socket))
    let request = ''
    socket.on('data', (data) => {
      request += data.toString('latin1')
      const end = request.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0)
      if (end < 0 || request.length < end + 4 + length) return
      const head = request.slice(0, end)
      request = ''
      void answer(socket, head)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push(server)
  const address = server.address()
  raw.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return raw
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const chunk = (data: string | Buffer) => {
  const bytes = Buffer.from(data)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}
const END = '0\r\n\r\n'

/** Writes a recorded answer, cut into pieces that arrive one by one. */
async function play(socket: Socket, text: string, { size = Number.POSITIVE_INFINITY, end = END } = {}): Promise<void> {
  socket.write(HEAD)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(chunk(bytes.subarray(at, Math.min(bytes.length, at + size))))
    if (size < bytes.length) await sleep(1)
  }
  socket.write(end)
}

interface AskOptions {
  signal?: AbortSignal
  type?: 'openai' | 'anthropic'
  onEvent?: (event: ProviderEvent) => void
}

async function ask(url: string, { signal = new AbortController().signal, type = 'openai', onEvent }: AskOptions = {}) {
  const providers = createProviders({
    resilience: { tries: 1 },
    config: { providers: { raw: { type, baseUrl: type === 'openai' ? `${url}/v1` : url, apiKey: KEY } }, models: {} },
    env: {},
    timeouts: { connectMs: 1_500, idleMs: 500, trailMs: 100 },
  })
  const { provider, model } = providers.resolve('raw/m')
  const events: ProviderEvent[] = []
  const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }]
  for await (const event of provider.stream({ model, system: '', messages, tools: [] }, signal)) {
    events.push(event)
    onEvent?.(event)
  }
  expect(JSON.stringify(events)).not.toContain(KEY)
  expect(events.filter(({ type: kind }) => kind === 'stop' || kind === 'error')).toEqual(signal.aborted ? [] : events.slice(-1))
  return events
}

const sse = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
const delta = (value: object, finish: string | null = null) =>
  sse({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: value, finish_reason: finish }] })
const textOf = (events: ProviderEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('')
const codeOf = (events: ProviderEvent[]) => {
  const last = events.at(-1)
  return last?.type === 'error' ? last.failure.code : last
}
const END_EVENT = { type: 'stop', reason: 'end' }
const DONE = 'data: [DONE]\n\n'

/** Waits until the server sees no open socket; fails by the test's time-out otherwise. */
async function allClosed(server: RawServer) {
  while (server.sockets.size > 0) await sleep(5)
}

describe('chat completions as servers really send them', () => {
  const words = 'Grüße 世界 👋🏽 ﷽'
  const hello = delta({ role: 'assistant', content: words }) + delta({}, 'stop')

  it.each([1, 2, 3, 7])('in pieces of %i bytes', async (size) => {
    const server = await serve((socket) => play(socket, hello + DONE, { size }))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it.each([
    ['CRLF', (hello + DONE).replaceAll('\n', '\r\n')],
    ['comments that keep the line open', `: OPENROUTER PROCESSING\n\n${hello}: ping\n\n${DONE}`],
    ['no space after the colon', (hello + DONE).replaceAll('data: ', 'data:')],
    ['[DONE] without its empty line', `${hello}data: [DONE]`],
    ['no [DONE]', hello],
    ['something after [DONE]', `${hello}${DONE}data: not json\n\n`],
    ['event names', (hello + DONE).replaceAll('data: ', 'event: message\ndata: ')],
    ['empty choices first', `${sse({ choices: [], prompt_filter_results: [] })}${hello}${DONE}`],
    ['a null delta', `${sse({ choices: [{ index: 0, delta: null }] })}${hello}${DONE}`],
    ['no choices at all', `${sse({ id: 'x' })}${hello}${DONE}`],
  ])('with %s', async (_, text) => {
    const server = await serve((socket) => play(socket, text))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it('with usage in a last chunk of its own, and a price that the server tells', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 }, cost: 0.00123 }
    const server = await serve((socket) => play(socket, hello + sse({ choices: [], usage }) + DONE))
    expect((await ask(server.url)).at(-2)).toEqual({
      type: 'usage',
      usage: { input: 40, output: 7, cacheRead: 60, cacheWrite: 0 },
      costMicros: 1230,
    })
  })

  it.each(['reasoning_content', 'reasoning'])('with thinking as %s', async (field) => {
    const text = delta({ [field]: 'hm ' }) + delta({ [field]: 'so' }) + delta({ content: 'yes' }, 'stop') + DONE
    const server = await serve((socket) => play(socket, text))
    expect(await ask(server.url)).toEqual([
      { type: 'thinking', text: 'hm so' },
      { type: 'thinkingDone' },
      { type: 'text', text: 'yes' },
      END_EVENT,
    ])
  })

  it('with tool calls in fragments, without ids, and "stop" for a reason', async () => {
    const call = (index: number, part: object) => delta({ tool_calls: [{ index, function: part }] })
    const text =
      call(0, { name: 'read', arguments: '' }) +
      call(0, { arguments: '{"path":"ü' }) +
      call(1, { name: 'ls' }) +
      call(0, { arguments: '.txt"}' }) +
      delta({}, 'stop') +
      DONE
    const server = await serve((socket) => play(socket, text, { size: 5 }))
    expect(await ask(server.url)).toEqual([
      { type: 'toolCall', callId: 'call_1', name: 'read', args: { path: 'ü.txt' } },
      { type: 'toolCall', callId: 'call_2', name: 'ls', args: {} },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it.each([
    ['length', 'length'],
    ['content_filter', 'refusal'],
    ['eos', 'end'],
  ])('with %s for a reason', async (reason, expected) => {
    const server = await serve((socket) => play(socket, delta({ content: 'a' }) + delta({}, reason) + DONE))
    expect((await ask(server.url)).at(-1)).toEqual({ type: 'stop', reason: expected })
  })

  it.each([
    ['ends without a reason', delta({ content: 'a' }) + DONE, 'provider.brokenStream'],
    ['ends before it began', '', 'provider.brokenStream'],
    ['turns to garbage', `${delta({ content: 'a' })}data: {"choi\n\n`, 'provider.brokenStream'],
    ['is a page of a hotel', '<html>log in</html>', 'provider.brokenStream'],
    [
      'tells an error in mid-stream',
      delta({ content: 'a' }) + sse({ error: { code: 502, message: `up ${KEY}` } }),
      'provider.server',
    ],
    ['tells a limit in mid-stream', sse({ error: { type: 'rate_limit_error', message: 'slow' } }), 'provider.rateLimited'],
  ])('that %s', async (_, text, code) => {
    const server = await serve((socket) => play(socket, text))
    expect(codeOf(await ask(server.url))).toBe(code)
  })

  it('that is cut by a reset, or closed too early', async () => {
    const reset = await serve(async (socket) => {
      await play(socket, delta({ content: 'a' }), { end: '' })
      await sleep(20)
      socket.resetAndDestroy()
    })
    expect(codeOf(await ask(reset.url))).toBe('provider.brokenStream')
    const closed = await serve(async (socket) => {
      await play(socket, delta({ content: 'a' }), { end: '' })
      socket.end()
    })
    expect(codeOf(await ask(closed.url))).toBe('provider.brokenStream')
  })

  it('that goes silent', async () => {
    const silent = await serve((socket) => play(socket, delta({ content: 'a' }), { end: '' }))
    expect(codeOf(await ask(silent.url))).toBe('provider.timeout')
    await allClosed(silent)
    const mute = await serve(() => undefined)
    expect(codeOf(await ask(mute.url))).toBe('provider.timeout')
    await allClosed(mute)
  })

  it('is kept alive by comments, and not blamed for a slow reader', async () => {
    const server = await serve(async (socket) => {
      socket.write(HEAD)
      for (let i = 0; i < 5; i++) {
        await sleep(150)
        socket.write(chunk(': still here\n\n'))
      }
      socket.write(chunk(hello + DONE) + END)
    })
    expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
  })

  it('is done when the reason is known, though the connection hangs', async () => {
    const server = await serve((socket) => play(socket, hello, { end: '' }))
    expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
    await allClosed(server)
  })

  it('follows no redirect with the key', async () => {
    const target = await serve((socket) => play(socket, hello + DONE))
    const server = await serve((socket) => {
      socket.write(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${target.url}/v1/chat/completions\r\nContent-Length: 0\r\n\r\n`)
    })
    expect(codeOf(await ask(server.url))).toBe('provider.badRequest')
    expect(target.connections).toBe(0)
  })

  it('bounds what an error may say', async () => {
    const server = await serve((socket) => {
      const body = JSON.stringify({ error: { message: 'x'.repeat(5_000_000) } })
      socket.write(`HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    })
    const events = await ask(server.url)
    expect(codeOf(events)).toBe('provider.badRequest')
    expect(JSON.stringify(events).length).toBeLessThan(2_000)
  })

  it('names who is not there', async () => {
    const server = await serve(() => undefined)
    running.pop()?.close()
    const events = await ask(server.url)
    expect(codeOf(events)).toBe('provider.connection')
    expect(events.at(-1)).toMatchObject({ retryable: false, failure: { message: expect.stringContaining('ECONNREFUSED') } })
    expect(codeOf(await ask('http://no-such-host.invalid'))).toBe('provider.connection')
    expect(codeOf(await ask('no url'))).toBe('provider.connection')
  })
})

describe('connections', () => {
  const hello = delta({ content: 'hi' }) + delta({}, 'stop') + DONE

  it('are used again', async () => {
    const server = await serve((socket) => play(socket, hello))
    for (let i = 0; i < 6; i++) expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
    // A call that follows at once may meet a connection not yet handed back, so there may be a second one.
    expect(server.connections).toBeLessThanOrEqual(2)
  })

  it('close at once on abort, before and within an answer', async () => {
    const mute = await serve(() => undefined)
    const early = new AbortController()
    const first = ask(mute.url, { signal: early.signal })
    while (mute.connections === 0) await sleep(1)
    early.abort()
    expect(await first).toEqual([])
    await allClosed(mute)

    const chatty = await serve((socket) => play(socket, delta({ content: 'word ' }).repeat(2_000), { size: 200, end: '' }))
    const late = new AbortController()
    await ask(chatty.url, { signal: late.signal, onEvent: () => late.abort() })
    await allClosed(chatty)
  })

  it('close when the reader leaves', async () => {
    const server = await serve((socket) => play(socket, delta({ content: 'word ' }).repeat(2_000), { size: 200, end: '' }))
    const leave = () => {
      throw new Error('the reader left')
    }
    await expect(ask(server.url, { onEvent: leave })).rejects.toThrow('the reader left')
    await allClosed(server)
  })

  it('send the key only as it should be sent', async () => {
    const heads: string[] = []
    const server = await serve((socket, head) => {
      heads.push(head)
      return play(socket, hello)
    })
    await ask(server.url)
    const { provider } = createProviders({
      resilience: { tries: 1 },
      config: { providers: { ollama: { type: 'openai', baseUrl: `${server.url}/v1` } }, models: {} },
      env: { OPENAI_API_KEY: KEY },
    }).resolve('ollama/m')
    const request = { model: 'm', system: '', messages: [], tools: [] }
    for await (const event of provider.stream(request, new AbortController().signal)) expect(event.type).not.toBe('error')
    expect(heads[0]?.toLowerCase()).toContain(`authorization: bearer ${KEY}`)
    expect(heads[1]?.toLowerCase()).not.toMatch(/authorization|planted/)
  })
})

describe('messages as Anthropic sends them', () => {
  const named = (event: { type: string }) => `event: ${event.type}\n${sse(event)}`
  const start = named({
    type: 'message_start',
    message: { usage: { input_tokens: 5, cache_read_input_tokens: 90, cache_creation_input_tokens: 8, output_tokens: 1 } },
  } as { type: string })
  const block = (index: number, content_block: object, ...deltas: object[]) =>
    [
      { type: 'content_block_start', index, content_block },
      ...deltas.map((each) => ({ type: 'content_block_delta', index, delta: each })),
      { type: 'content_block_stop', index },
    ]
      .map(named)
      .join('')
  const stop = (stop_reason: string) =>
    named({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 20 } } as { type: string }) +
    named({ type: 'message_stop' })

  it.each([3, 10_000])('in pieces of %i bytes', async (size) => {
    const text =
      start +
      named({ type: 'ping' }) +
      block(
        0,
        { type: 'thinking', thinking: '' },
        { type: 'thinking_delta', thinking: 'hm' },
        { type: 'signature_delta', signature: 'SE' },
        { type: 'signature_delta', signature: 'AL' },
      ) +
      block(1, { type: 'redacted_thinking', data: 'DATA' }) +
      block(2, { type: 'text', text: '' }, { type: 'text_delta', text: 'Grüße 👋🏽' }) +
      block(
        3,
        { type: 'tool_use', id: 't1', name: 'read', input: {} },
        { type: 'input_json_delta', partial_json: '{"path":' },
        { type: 'input_json_delta', partial_json: '"ü"}' },
      ) +
      block(4, { type: 'tool_use', id: 't2', name: 'ls', input: {} }, { type: 'input_json_delta', partial_json: '' }) +
      block(5, { type: 'tool_use', id: 't3', name: 'ls', input: {} }, { type: 'input_json_delta', partial_json: '{"a' }) +
      stop('tool_use')
    const server = await serve((socket) => play(socket, text, { size }))
    expect(await ask(server.url, { type: 'anthropic' })).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'thinkingDone', signature: 'SEAL' },
      { type: 'thinking', text: '' },
      { type: 'thinkingDone', signature: 'redacted:DATA' },
      { type: 'text', text: 'Grüße 👋🏽' },
      { type: 'toolCall', callId: 't1', name: 'read', args: { path: 'ü' } },
      { type: 'toolCall', callId: 't2', name: 'ls', args: {} },
      { type: 'toolCall', callId: 't3', name: 'ls', args: '{"a' },
      { type: 'usage', usage: { input: 5, output: 20, cacheRead: 90, cacheWrite: 8 }, costMicros: undefined },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it.each([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'length'],
  ])('with %s for a reason', async (reason, expected) => {
    const server = await serve((socket) => play(socket, start + stop(reason)))
    expect((await ask(server.url, { type: 'anthropic' })).at(-1)).toEqual({ type: 'stop', reason: expected })
  })

  it.each([
    ['overloaded_error', 'provider.overloaded'],
    ['api_error', 'provider.server'],
    ['rate_limit_error', 'provider.rateLimited'],
  ])('with %s in mid-stream', async (type, code) => {
    const error = named({ type: 'error', error: { type, message: `no ${KEY}` } } as { type: string })
    const server = await serve((socket) => play(socket, start + error))
    expect(codeOf(await ask(server.url, { type: 'anthropic' }))).toBe(code)
  })

  it('that ends too early, goes silent, hangs after its end', async () => {
    const early = await serve((socket) => play(socket, start))
    expect(codeOf(await ask(early.url, { type: 'anthropic' }))).toBe('provider.brokenStream')
    const silent = await serve((socket) => play(socket, start, { end: '' }))
    expect(codeOf(await ask(silent.url, { type: 'anthropic' }))).toBe('provider.timeout')
    const hanging = await serve((socket) => play(socket, start + stop('end_turn'), { end: '' }))
    expect((await ask(hanging.url, { type: 'anthropic' })).at(-1)).toEqual(END_EVENT)
    await Promise.all([silent, hanging].map(allClosed))
  })

  it('over a connection that is used again and closes on abort', async () => {
    const server = await serve((socket) => play(socket, start + stop('end_turn')))
    for (let i = 0; i < 6; i++) await ask(server.url, { type: 'anthropic' })
    expect(server.connections).toBeLessThanOrEqual(2)
    const hanging = await serve((socket) => play(socket, start, { end: '' }))
    const controller = new AbortController()
    const asked = ask(hanging.url, { type: 'anthropic', signal: controller.signal })
    while (hanging.connections === 0) await sleep(1)
    controller.abort()
    expect(await asked).toEqual([])
    await allClosed(hanging)
  })
})

describe('looking for local servers', () => {
  const json = (socket: Socket, body: unknown, status = '200 OK') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    )
  }
  const models = (owned_by: string, ...ids: string[]) => ({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', owned_by })),
  })
  const tags = {
    models: [
      { name: 'nomic-embed-text', digest: 'e' },
      { name: 'qwen3:8b', digest: 'd' },
    ],
  }

  async function look(
    answers: Partial<Record<'ollama' | 'lmstudio' | 'llamacpp' | 'vllm', (socket: Socket, head: string) => void>>,
  ) {
    const ids = ['ollama', 'lmstudio', 'llamacpp', 'vllm'] as const
    const servers = await Promise.all(ids.map((id) => serve(answers[id] ?? ((socket) => socket.destroy()))))
    const config = ids.map((id, index) => [id, { type: 'openai' as const, baseUrl: `${servers[index]?.url}/v1` }])
    return createProviders({ resilience: { tries: 1 }, config: { providers: Object.fromEntries(config), models: {} }, env: {} })
  }

  it('finds each kind and remembers it', async () => {
    const providers = await look({
      ollama: (socket, head) => json(socket, head.startsWith('GET /api/tags ') ? tags : models('library', 'x')),
      lmstudio: (socket) => json(socket, models('organization_owner', 'qwen', 'text-embedding-nomic')),
      llamacpp: (socket) => json(socket, models('llamacpp', 'gemma.gguf', 'has space')),
      vllm: (socket) => json(socket, models('vllm', 'org/model')),
    })
    expect(providers.chooseDefault().model).toBe('offline/guide')
    const found = await providers.probeLocal()
    expect(found.map(({ provider, models: names }) => [provider, names])).toEqual([
      ['ollama', ['qwen3:8b']],
      ['lmstudio', ['qwen']],
      ['llamacpp', ['gemma.gguf']],
      ['vllm', ['org/model']],
    ])
    expect(providers.chooseDefault()).toEqual({ model: 'ollama/qwen3:8b', why: 'Ollama runs on this computer.' })
    const list = await providers.list()
    expect(list.find(({ ref }) => ref === 'vllm/org/model')).toMatchObject({ ready: true })
  })

  it('takes nothing else for one, and waits no longer than it should', async () => {
    const providers = await look({
      ollama: (socket) => json(socket, models('library', 'x')),
      lmstudio: (socket) => json(socket, '<html>a web shop</html>'),
      llamacpp: (socket) => json(socket, models('localai', 'x')),
      vllm: () => undefined,
    })
    expect(await providers.probeLocal()).toEqual([])
    expect(providers.chooseDefault().model).toBe('offline/guide')
    const others = await look({
      ollama: (socket) => json(socket, tags, '404 Not Found'),
      lmstudio: (socket) => json(socket, { data: 'x' }),
      llamacpp: (socket) => json(socket, 'x'.repeat(3_000_000)),
      vllm: (socket) => json(socket, models('vllm')),
    })
    expect(await others.probeLocal()).toEqual([])
  })

  it('is done once for all who ask at a time', async () => {
    let asked = 0
    const ollama = (socket: Socket) => {
      asked++
      json(socket, tags)
    }
    const providers = await look({ ollama })
    await Promise.all([providers.probeLocal(), providers.probeLocal()])
    expect(asked).toBe(1)
  })
})
