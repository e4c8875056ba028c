import { describe, expect, it } from 'vitest'
import { createProviders, type Media, type ModelMessage, type ProviderEvent } from '../../sidecar/providers/index.ts'
import { type AskOptions, ask, codeOf, END_EVENT, KEY, play, refuse, serve, sse } from '../fixtures/raw-server.ts'

const delta = (value: object, finish: string | null = null, more: object = {}) =>
  sse({ choices: [{ index: 0, delta: value, finish_reason: finish, ...more }] })
const STOP = delta({}, 'stop')

interface Exchange {
  head: string
  body: Record<string, unknown> & { messages: Record<string, unknown>[] }
  events: ProviderEvent[]
}

/** One call of a provider that Oxbow knows by name, at an address of the test's. */
async function exchange(id: string, options: AskOptions & { answer?: string; path?: string } = {}): Promise<Exchange> {
  let head = ''
  let body = ''
  const server = await serve((socket, told, sent) => {
    head = told
    body = sent
    return play(socket, options.answer ?? STOP)
  })
  const settings = options.path === undefined ? {} : { baseUrl: `${server.url}${options.path}` }
  const events = await ask(server.url, { id, ...options, settings: { ...settings, ...options.settings } })
  return { head, body: JSON.parse(body) as Exchange['body'], events }
}

const tools = [{ name: 'read', description: 'reads', parameters: { type: 'object' } }]
const talk = (id: string): ModelMessage[] => [
  { role: 'user', content: [{ type: 'text', text: 'hi' }] },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', text: 'hm', model: `${id}/m` },
      { type: 'thinking', text: 'of another', model: 'other/m' },
      { type: 'text', text: 'I look.' },
      { type: 'toolCall', callId: 'functions.read:0/with/a/very/long/name/of/more/than/64/characters', name: 'read', args: {} },
    ],
  },
  {
    role: 'tool',
    results: [
      {
        callId: 'functions.read:0/with/a/very/long/name/of/more/than/64/characters',
        name: 'read',
        text: 'X',
        isError: false,
      },
    ],
  },
  { role: 'assistant', content: [{ type: 'toolCall', callId: 'c2', name: 'read', args: {} }] },
  { role: 'tool', results: [{ callId: 'c2', name: 'read', text: 'Y', isError: false }] },
]
const ids = ({ messages }: Exchange['body']) => ({
  calls: messages.flatMap(({ tool_calls }) => (tool_calls as { id: string }[] | undefined)?.map(({ id }) => id) ?? []),
  results: messages.flatMap(({ tool_call_id }) => (tool_call_id as string | undefined) ?? []),
})

describe('what servers differ in', () => {
  it.each([
    ['openai', 'max_completion_tokens'],
    ['azure', 'max_completion_tokens'],
    ['groq', 'max_completion_tokens'],
    ['xai', 'max_completion_tokens'],
    ['mistral', 'max_tokens'],
    ['ollama', 'max_tokens'],
    ['one-of-my-own', 'max_tokens'],
  ])('%s names the limit of an answer %s', async (id, field) => {
    const { body } = await exchange(id, { request: { maxOutputTokens: 77 } })
    const { [field]: limit, ...rest } = body
    expect(limit).toBe(77)
    expect(JSON.stringify(rest)).not.toContain('77')
  })

  it.each([
    ['mistral', undefined],
    ['groq', { include_usage: true }],
    ['vllm', { include_usage: true }],
  ])('%s takes %o as stream options', async (id, expected) => {
    expect((await exchange(id)).body.stream_options).toEqual(expected)
  })

  it.each([
    ['mistral', /^[a-zA-Z0-9]{9}$/],
    ['openai', /^[!-~]{1,40}$/],
    ['openrouter', /^[\w-]{1,64}$/],
    ['deepseek', /^[\w-]{1,64}$/],
    ['one-of-my-own', /^[!-~]{1,64}$/],
  ])('%s takes ids like %s', async (id, shape) => {
    const { calls, results } = ids((await exchange(id, { messages: talk(id) })).body)
    expect(calls).toHaveLength(2)
    expect(new Set(calls).size).toBe(2)
    expect(results).toEqual(calls)
    for (const each of calls) expect(each).toMatch(shape)
  })

  it('Mistral wants the name of the tool beside its result', async () => {
    const named = (await exchange('mistral', { messages: talk('mistral') })).body.messages.filter(({ role }) => role === 'tool')
    expect(named.map(({ name }) => name)).toEqual(['read', 'read'])
    const plain = (await exchange('groq', { messages: talk('groq') })).body.messages.filter(({ role }) => role === 'tool')
    expect(plain.map(({ name }) => name)).toEqual([undefined, undefined])
  })

  it('DeepSeek gets its own thoughts back with every call, the others none', async () => {
    const said = (body: Exchange['body']) => body.messages.filter(({ role }) => role === 'assistant')
    const own = said((await exchange('deepseek', { messages: talk('deepseek') })).body)
    expect(own.map(({ reasoning_content }) => reasoning_content)).toEqual(['hm', ''])
    for (const id of ['groq', 'mistral', 'openai', 'vllm'])
      expect(JSON.stringify((await exchange(id, { messages: talk(id) })).body)).not.toMatch(/reasoning|"hm"|of another/)
  })

  it('llama.cpp is told that several calls at once are welcome', async () => {
    expect((await exchange('llamacpp', { request: { tools } })).body.parallel_tool_calls).toBe(true)
    expect((await exchange('llamacpp')).body).not.toHaveProperty('parallel_tool_calls')
    expect((await exchange('groq', { request: { tools } })).body).not.toHaveProperty('parallel_tool_calls')
  })

  it('OpenRouter gets its reasoning details back, put together', async () => {
    const detail = (piece: object) =>
      delta({ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', index: 0, ...piece }] })
    const answer =
      detail({ text: 'h' }) + detail({ text: 'm' }) + detail({ signature: 'SEAL' }) + delta({ content: 'yes' }) + STOP
    const { events } = await exchange('openrouter', { answer })
    const done = events.find((event) => event.type === 'thinkingDone')
    const thought = { type: 'thinking' as const, text: 'hm', signature: done?.signature, model: 'openrouter/m' }
    const messages: ModelMessage[] = [{ role: 'assistant', content: [thought, { type: 'text', text: 'yes' }] }]
    expect((await exchange('openrouter', { messages })).body.messages).toEqual([
      {
        role: 'assistant',
        content: 'yes',
        reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'hm', signature: 'SEAL' }],
      },
    ])
    expect(JSON.stringify((await exchange('groq', { messages })).body)).not.toContain('SEAL')
  })

  it('Mistral thinks in blocks', async () => {
    const answer =
      delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }) +
      delta({ content: [{ type: 'text', text: 'yes' }] }) +
      STOP
    expect((await exchange('mistral', { answer })).events).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'thinkingDone', signature: undefined },
      { type: 'text', text: 'yes' },
      END_EVENT,
    ])
  })

  it.each([
    ['openrouter', delta({}, 'error', { error: { code: 429, message: 'slow' } }), 'provider.rateLimited'],
    ['openrouter', delta({}, 'error'), 'provider.server'],
    ['deepseek', delta({}, 'insufficient_system_resource'), 'provider.overloaded'],
    ['mistral', delta({}, 'model_length'), { type: 'stop', reason: 'length' }],
  ])('%s may end with a reason of its own', async (id, answer, expected) => {
    expect(codeOf((await exchange(id, { answer })).events)).toEqual(expected)
  })

  it('sources of a search stand under the text', async () => {
    const cited = delta({ annotations: [{ type: 'url_citation', url_citation: { title: 'A', url: 'https://a.example' } }] })
    const { events } = await exchange('openrouter', { answer: delta({ content: 'So.' }) + cited + STOP })
    expect(events[0]).toEqual({ type: 'text', text: 'So.\n\nSources: [A](https://a.example)' })
  })

  const file = (kind: Media['kind'], mime: string) => ({
    type: 'media' as const,
    media: { kind, mime, name: `a.${kind}`, base64: async () => 'QQ==' },
  })
  it.each([
    ['mistral', ['image_url', 'input_audio', 'document_url', 'text']],
    ['openrouter', ['image_url', 'input_audio', 'file', 'video_url']],
    ['vllm', ['image_url', 'input_audio', 'text', 'video_url']],
    ['groq', ['image_url', 'text', 'text', 'text']],
  ])('%s takes files as %o', async (id, kinds) => {
    const content = [
      file('image', 'image/png'),
      file('audio', 'audio/wav'),
      file('pdf', 'application/pdf'),
      file('video', 'video/mp4'),
    ]
    const sent = (await exchange(id, { messages: [{ role: 'user', content }] })).body.messages[0]?.content
    expect((sent as { type: string }[]).map(({ type }) => type)).toEqual(kinds)
  })

  it('DeepSeek takes words only', async () => {
    const content = [{ type: 'text' as const, text: 'look' }, file('image', 'image/png')]
    expect((await exchange('deepseek', { messages: [{ role: 'user', content }] })).body.messages[0]?.content).toBe(
      "look\n\n[image: a.image — this model's interface takes no image/png]",
    )
  })
})

describe('addresses and keys', () => {
  it('Azure takes its key in a header of its own, and its version in the address', async () => {
    const { head } = await exchange('azure', { path: '/openai/deployments/d?api-version=2026-01-01' })
    expect(head).toContain('POST /openai/deployments/d/chat/completions?api-version=2026-01-01 ')
    expect(head.toLowerCase()).toContain(`api-key: ${KEY}`)
    expect(head.toLowerCase()).not.toContain('authorization')
  })

  it('headers of the configuration go with every request', async () => {
    const settings = { headers: { 'X-Title': 'Oxbow', 'x-team': 'blue' } }
    const { head } = await exchange('one-of-my-own', { settings })
    expect(head.toLowerCase()).toMatch(/x-title: oxbow[\s\S]*x-team: blue|x-team: blue[\s\S]*x-title: oxbow/)
  })

  it.each(['openai', 'openai-responses', 'anthropic', 'gemini'] as const)(
    'headers go with %s, and show in no error',
    async (type) => {
      const secret = 'planted-in-a-header'
      let head = ''
      const server = await serve((socket, told) => {
        head = told
        refuse(socket, '400 Bad Request', { error: { message: `what is ${secret}?` } })
      })
      const events = await ask(server.url, { type, settings: { headers: { 'X-Team-Token': secret } } })
      expect(head.toLowerCase()).toContain(`x-team-token: ${secret}`)
      expect(codeOf(events)).toBe('provider.badRequest')
      expect(JSON.stringify(events)).not.toContain(secret)
    },
  )

  it('a server in the place of OpenAI is asked for chat completions', async () => {
    const { head } = await exchange('openai', { path: '/v1', settings: { type: undefined } })
    expect(head).toContain('POST /v1/chat/completions ')
  })

  it.each(['GEMINI_API_KEY', 'GOOGLE_API_KEY'])("Google's key may be in %s", (name) => {
    const providers = createProviders({ config: { providers: {}, models: {} }, env: { [name]: 'k' } })
    expect(providers.chooseDefault().model).toMatch(/^google\//)
  })

  it('Azure, given no more than a host, is asked where all its customers are', async () => {
    const { head } = await exchange('azure', { path: '/' })
    expect(head).toContain('POST /openai/v1/chat/completions ')
  })

  it('the default of each known vendor is in the catalogue', async () => {
    const vendors = ['OPENAI', 'ANTHROPIC', 'OPENROUTER', 'MISTRAL', 'DEEPSEEK', 'XAI', 'GROQ', 'TOGETHER']
    for (const vendor of vendors) {
      const providers = createProviders({ config: { providers: {}, models: {} }, env: { [`${vendor}_API_KEY`]: 'k' } })
      const { model } = providers.chooseDefault()
      expect(model.startsWith(`${vendor.toLowerCase()}/`)).toBe(true)
      expect(providers.known(model), model).toBeDefined()
    }
  })
})
