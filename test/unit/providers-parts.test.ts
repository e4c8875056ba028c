import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { nearMiss } from '../../sidecar/foundation/index.ts'
import { createCatalog } from '../../sidecar/providers/catalog.ts'
import { errorEvent, scrub } from '../../sidecar/providers/errors.ts'
import { cost, createProviders, type Price, type ProvidersOptions } from '../../sidecar/providers/index.ts'
import { parseArgs } from '../../sidecar/providers/tool-args.ts'
import { type CallFragment, ToolCalls } from '../../sidecar/providers/tool-calls.ts'

describe('arguments of a tool call', () => {
  it.each<[string, unknown[]]>([
    ['', [{}]],
    ['  ', [{}]],
    ['null', [{}]],
    ['{"a":1}', [{ a: 1 }]],
    ['{"a":1}{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['{"a":"}{"}\n {"b":"\\"{"}', [{ a: '}{' }, { b: '"{' }]],
    ['{"a":1', ['{"a":1']],
    ['{"a":1} and more', ['{"a":1} and more']],
    ['{"a":1}{"b":', ['{"a":1}{"b":']],
    ['}{', ['}{']],
    ['plain words', ['plain words']],
  ])('%s', (raw, expected) => expect(parseArgs(raw)).toEqual(expected))
})

describe('tool calls from fragments', () => {
  const assemble = (fragments: CallFragment[], cut = false) => {
    const calls = new ToolCalls(4)
    for (const fragment of fragments) calls.add(fragment)
    return calls.finish(cut).map(({ callId, name, args }) => [callId, name, args])
  }
  it('joins by index, in any order', () => {
    expect(
      assemble([
        { index: 0, id: 'a', function: { name: 'ls', arguments: '' } },
        { index: 1, id: 'b', function: { name: 'read', arguments: '{"path"' } },
        { index: 0, function: { arguments: '{}' } },
        { index: 1, function: { arguments: ':"x"}' } },
      ]),
    ).toEqual([
      ['a', 'ls', {}],
      ['b', 'read', { path: 'x' }],
    ])
  })
  it('makes ids that are new in the conversation', () => {
    expect(
      assemble([
        { index: 0, function: { name: 'ls' } },
        { index: 1, function: { name: 'ls' } },
      ]),
    ).toEqual([
      ['call_5', 'ls', {}],
      ['call_6', 'ls', {}],
    ])
  })
  it('tells calls of one index apart by their ids', () => {
    expect(
      assemble([
        { index: 0, id: 'a', function: { name: 'ls', arguments: '{}' } },
        { index: 0, id: 'b', function: { name: 'ls', arguments: '{"path":"x"}' } },
      ]),
    ).toEqual([
      ['a', 'ls', {}],
      ['b', 'ls', { path: 'x' }],
    ])
  })
  it('does without index and id, and takes an object for arguments', () => {
    expect(
      assemble([
        { function: { name: 'ls', arguments: '{"a"' } },
        { function: { arguments: ':1}' } },
        { function: { name: 'read', arguments: { path: 'x' } } },
      ]),
    ).toEqual([
      ['call_5', 'ls', { a: 1 }],
      ['call_6', 'read', { path: 'x' }],
    ])
  })
  it('takes an id and a name repeated in each piece once', () => {
    const piece = (args: string) => ({ id: 'a', function: { name: 'ls', arguments: args } })
    expect(assemble([piece('{"p":'), piece('1}')])).toEqual([['a', 'ls', { p: 1 }]])
  })
  it('fans out several objects under ids of their own', () => {
    expect(assemble([{ index: 0, id: 'a', function: { name: 'ls', arguments: '{"p":1}{"p":2}' } }])).toEqual([
      ['a', 'ls', { p: 1 }],
      ['a_2', 'ls', { p: 2 }],
    ])
  })
  it('leaves out what an answer cut short broke off', () => {
    const fragments = [
      { index: 0, id: 'a', function: { name: 'ls', arguments: '{}' } },
      { index: 1, id: 'b', function: { name: 'write', arguments: '{"content":"hal' } },
    ]
    expect(assemble(fragments, true)).toEqual([['a', 'ls', {}]])
    expect(assemble(fragments)).toHaveLength(2)
  })
})

describe('cost', () => {
  const usage = { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 }
  const price: Price = {
    input: 2.5,
    output: 15,
    cacheRead: 0.25,
    tiers: [{ above: 2000, input: 5, output: 22.5, cacheRead: 0.5 }],
  }
  it('is in whole micro-dollars', () => {
    expect(cost(usage, price)).toBe(4000)
    expect(cost({ ...usage, cacheRead: 1000 }, price)).toBe(4250)
    expect(cost({ input: 1, output: 0, cacheRead: 0, cacheWrite: 0 }, { input: 0.15, output: 1 })).toBe(0)
  })
  it('takes the tier of the whole input', () => expect(cost({ ...usage, cacheRead: 1001 }, price)).toBe(5000 + 2250 + 501))
  it('charges cached tokens as input where no price of theirs is known', () =>
    expect(cost({ ...usage, cacheWrite: 10 }, { input: 1, output: 1 })).toBe(1110))
  it('is unknown, not zero, without a price', () => expect(cost(usage, undefined)).toBeUndefined())
})

describe('near misses', () => {
  it.each([
    ['opneai', 'openai'],
    ['OpenAI', 'openai'],
    ['antropic', 'anthropic'],
    ['olama', 'ollama'],
    ['mistral', undefined],
  ])('%s → %s', (word, expected) =>
    expect(nearMiss(word, ['openai', 'openrouter', 'anthropic', 'ollama', 'vllm'])).toBe(expected),
  )
})

const build = (over: Partial<ProvidersOptions['config']> = {}, env: Record<string, string> = {}) =>
  createProviders({ config: { providers: {}, models: {}, ...over }, env })
const problem = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('the registry', () => {
  it('chooses: configured, then a key, then the guide', () => {
    const env = { ANTHROPIC_API_KEY: 'k' }
    expect(build({ models: { default: 'x/y' } }, env).chooseDefault().model).toBe('x/y')
    expect(build({}, env).chooseDefault()).toEqual({ model: 'anthropic/claude-sonnet-5-5', why: 'A key for Anthropic is set.' })
    expect(build({}, { ...env, OPENAI_API_KEY: 'k' }).chooseDefault().model).toBe('openai/gpt-5.2')
    expect(build({}, { OPENAI_API_KEY: '  ' }).chooseDefault().model).toBe('offline/guide')
    expect(build().chooseDefault().model).toBe('offline/guide')
    const mine = { mine: { type: 'openai' as const, baseUrl: 'http://10.0.0.1/v1', models: ['m'] } }
    expect(build({ providers: mine }).chooseDefault().model).toBe('mine/m')
  })

  it('knows the models it chooses by itself', async () => {
    for (const env of [{ OPENAI_API_KEY: 'k' }, { ANTHROPIC_API_KEY: 'k' }]) {
      const providers = build({}, env)
      expect(await providers.price(providers.chooseDefault().model)).toBeDefined()
    }
  })

  it('resolves, also a model whose name holds slashes', () => {
    const { provider, model } = build({}, { OPENROUTER_API_KEY: 'k' }).resolve('openrouter/anthropic/claude-fable-5')
    expect([provider.id, model]).toEqual(['openrouter', 'anthropic/claude-fable-5'])
    expect(build().resolve('ollama/qwen3:8b').model).toBe('qwen3:8b')
    expect(build().resolve('offline/guide').provider.id).toBe('offline')
  })

  it('says what is wrong with a reference', () => {
    expect(problem(() => build().resolve('opneai/gpt'))).toMatchObject({
      code: 'model.unknownProvider',
      hint: expect.stringContaining('Did you mean "openai"?'),
    })
    expect(problem(() => build().resolve('ollama'))).toMatchObject({ code: 'model.unknownProvider' })
    expect(problem(() => build().resolve('offline/x'))).toMatchObject({ code: 'provider.modelUnknown' })
    expect(problem(() => build().resolve('openai/gpt-5.2'))).toMatchObject({
      code: 'provider.keyMissing',
      hint: expect.stringContaining('OPENAI_API_KEY'),
    })
    const mine = { mine: { type: 'openai' as const, baseUrl: 'http://x/v1', apiKeyEnv: 'MY_KEY' } }
    expect(problem(() => build({ providers: mine }).resolve('mine/m'))).toMatchObject({ hint: expect.stringContaining('MY_KEY') })
  })

  it('lists models with what they still need', async () => {
    const list = await build({}, { ANTHROPIC_API_KEY: 'k' }).list()
    const byRef = new Map(list.map((info) => [info.ref, info]))
    expect(byRef.get('anthropic/claude-sonnet-5-5')).toMatchObject({ ready: true, contextTokens: 1_000_000 })
    expect(byRef.get('openai/gpt-5.2')).toMatchObject({ ready: false, note: expect.stringContaining('OPENAI_API_KEY') })
    expect(byRef.get('offline/guide')).toMatchObject({ ready: true })
    expect(new Set(list.map(({ ref }) => ref)).size).toBe(list.length)
    const openrouter = build({}, { OPENROUTER_API_KEY: 'k' })
    expect((await openrouter.list()).map(({ ref }) => ref)).toContain(openrouter.chooseDefault().model)
  })

  it('knows prices: the catalogue, free here, unknown elsewhere', async () => {
    const providers = build({ providers: { vllm: { type: 'openai', baseUrl: 'http://gpu.lan:8000/v1' } } })
    expect(await providers.price('offline/guide')).toMatchObject({ input: 0 })
    expect(await providers.price('ollama/anything')).toMatchObject({ output: 0 })
    expect(await providers.price('vllm/anything')).toBeUndefined()
    expect(await providers.price('openai/of-tomorrow')).toBeUndefined()
    expect((await providers.price('openai/gpt-5.2'))?.input).toBeGreaterThan(0)
  })

  it('has a catalogue of models with a price each', () => {
    for (const vendor of ['openai', 'anthropic']) {
      const models = [...createCatalog().models(vendor).values()]
      expect(models.length).toBeGreaterThan(10)
      for (const model of models) expect(model.price?.output, model.id).toBeGreaterThan(0)
    }
  })
})

describe('errors', () => {
  const target = {
    provider: 'openai',
    model: 'm',
    baseUrl: 'https://user:pw@api.example/v1',
    key: 'sk-planted-123456',
    keyEnv: 'OPENAI_API_KEY',
  }
  const asked = { responded: true, timedOut: undefined }
  const map = (error: object) => errorEvent(error, target, asked)

  it.each<[number, object, string, boolean]>([
    [401, {}, 'provider.keyWrong', false],
    [403, {}, 'provider.keyWrong', false],
    [402, {}, 'provider.quota', false],
    [429, { code: 'insufficient_quota' }, 'provider.quota', false],
    [429, {}, 'provider.rateLimited', true],
    [404, {}, 'provider.modelUnknown', false],
    [400, { code: 'context_length_exceeded' }, 'provider.contextTooLong', false],
    [
      400,
      { type: 'invalid_request_error', message: 'prompt is too long: 200001 tokens > 200000' },
      'provider.contextTooLong',
      false,
    ],
    [400, { type: 'exceed_context_size_error' }, 'provider.contextTooLong', false],
    [400, { type: 'invalid_request_error' }, 'provider.badRequest', false],
    [307, {}, 'provider.badRequest', false],
    [413, {}, 'provider.badRequest', false],
    [422, {}, 'provider.badRequest', false],
    [408, {}, 'provider.timeout', true],
    [500, {}, 'provider.server', true],
    [503, {}, 'provider.overloaded', true],
    [529, { type: 'overloaded_error' }, 'provider.overloaded', true],
  ])('HTTP %i %o → %s', (status, body, code, retryable) => {
    // OpenAI's SDK hands over the inner object, Anthropic's the whole body.
    for (const error of [
      { status, error: body },
      { status, error: { type: 'error', error: body } },
    ]) {
      const event = map(error)
      expect([event.failure.code, event.retryable]).toEqual([code, retryable])
      expect(event.failure.message).toContain('openai (model m)')
      expect(event.failure.hint).toBeTruthy()
    }
  })

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:10 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 10_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('reads %o', (headers, expected) => {
    expect(map({ status: 429, headers: new Headers(headers), error: {} }).retryAfterMs).toBe(expected)
  })

  it('shows neither the key nor a password in the address', () => {
    const text = `bad key ${target.key} (Bearer ${target.key}), also sk-proj-abc***xyz`
    for (const status of [400, 401, 404, 500]) {
      const shown = JSON.stringify(map({ status, error: { message: text } }))
      expect(shown).not.toMatch(/planted|abc\*|:pw@|user:/)
    }
    expect(scrub(text, target.key)).toBe('bad key [key] (Bearer [key]), also [key]')
    expect(scrub('x'.repeat(2000), undefined).length).toBeLessThan(600)
  })

  it('is of use whatever is thrown', () => {
    for (const odd of [undefined, null, 'words', 7, {}, new Error('x'), { status: '1' }, { error: 5 }]) {
      expect(errorEvent(odd, target, asked).failure.code).toMatch(/^provider\./)
    }
  })
})

describe('the face of the room', () => {
  it('loads no SDK and no catalogue before a call', () => {
    const script = `
      import { registerHooks } from 'node:module'
      const seen = []
      registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) })
      const { createProviders } = await import('./sidecar/providers/index.ts')
      createProviders({ config: { providers: {}, models: {} }, env: { OPENAI_API_KEY: 'k' } }).resolve('openai/gpt-5.2')
      console.log(JSON.stringify(seen))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    const seen = JSON.parse(stdout) as string[]
    expect(seen).toContain('./adapter.ts')
    expect(seen.filter((name) => /^openai|^@anthropic-ai|^@google|models\.json$/.test(name))).toEqual([])
  })
})
