import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ModelInfo } from '../../sidecar/contract/index.ts'
import { loadConfig } from '../../sidecar/foundation/index.ts'
import { createProviders, type ProvidersOptions } from '../../sidecar/providers/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const env = { OPENAI_API_KEY: 'k', OPENROUTER_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }
const build = (providers: ProvidersOptions['config']['providers'] = {}, skipValidation = false) =>
  createProviders({ config: { providers, models: { skipValidation } }, env })

async function ollama(names: string[]): Promise<string> {
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ models: names.map((name) => ({ name, digest: 'd' })) })),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

describe('a model is looked up before it is called', () => {
  it('is refused where its vendor does not have it, with the name that was meant', () => {
    expect(() => build().resolve('openai/gpt-4.l')).toThrow(
      expect.objectContaining({
        code: 'provider.modelUnknown',
        message: 'OpenAI has no model "gpt-4.l".',
        hint: expect.stringMatching(/^Did you mean openai\/gpt-4\.1\? .*models --refresh/),
      }),
    )
  })

  it.each([
    'openai/gpt-4.1',
    'openai/ft:gpt-4.1:me::1',
    'openrouter/openrouter/auto',
    'openrouter/anthropic/claude-sonnet-5:nitro',
  ])('%s is known', (ref) => expect(build().resolve(ref).model).toBe(ref.slice(ref.indexOf('/') + 1)))

  it('is not refused where a person vouches for it, or somebody else serves it', () => {
    expect(build({}, true).resolve('openai/new').model).toBe('new')
    expect(build({ openai: { models: ['new'] } }).resolve('openai/new').model).toBe('new')
    expect(build({ openai: { baseUrl: 'http://proxy.lan/v1' } }).resolve('openai/new').model).toBe('new')
    expect(build({ mine: { baseUrl: 'http://proxy.lan/v1' } }).resolve('mine/new').model).toBe('new')
  })

  it.each<[string, string, NodeJS.ProcessEnv]>([
    ['[providers]\nskip_validation = true\n[providers.openai]\nmodels = ["m"]\n', '', {}],
    ['', '[models]\nskip_validation = true\n', {}],
    ['', '', { OXBOW__PROVIDERS__SKIP_VALIDATION: 'true' }],
  ])('is not refused where the settings say so: %j %j', async (one, other, env) => {
    const path = join(temporaryFolder(), 'config.toml')
    writeFileSync(path, one + other)
    const { config } = await loadConfig({ home: { config: path }, env, systemPath: '/none' })
    expect(config.models.skipValidation).toBe(true)
    expect(Object.keys(config.providers)).not.toContain('skip_validation')
  })

  it('asks a local server for its own list', async () => {
    const providers = build({ ollama: { baseUrl: await ollama(['qwen3:8b', 'llama4:latest']) } })
    await providers.check('ollama/qwen3:8b')
    await providers.check('ollama/llama4')
    await expect(providers.check('ollama/qwen3:9b')).rejects.toMatchObject({
      code: 'provider.modelUnknown',
      hint: 'Did you mean ollama/qwen3:8b? It has: qwen3:8b, llama4:latest.',
    })
    await build({ ollama: { baseUrl: 'http://127.0.0.1:2/v1' } }).check('ollama/anything')
  })

  it('knows how much fits in, without asking anybody', () => {
    expect(build().contextTokens('openai/gpt-4.1')).toBe(1_047_576)
    expect(build().contextTokens('mine/x')).toBeUndefined()
    expect(build().contextTokens('offline/guide')).toBeUndefined()
  })
})

describe('the list of models', () => {
  const names = (models: ModelInfo[]): string[] => models.map(({ ref }) => ref)

  it('says what each can do and costs, in micro-dollars for a million tokens', async () => {
    const [found] = await build().list({ search: 'anthropic/claude-opus-4-8', provider: 'anthropic' })
    expect(found).toMatchObject({
      ready: true,
      contextTokens: 1_000_000,
      maxOutputTokens: 128_000,
      capabilities: ['tools', 'reasoning', 'image', 'pdf'],
      price: { input: 5_000_000, output: 25_000_000, cacheRead: 500_000, cacheWrite: 6_250_000 },
    })
  })

  it('is filtered by provider, words, capability, price and context', async () => {
    const providers = build({ mine: { baseUrl: 'http://proxy.lan/v1', models: ['unknown'] } })
    const all = await providers.list()
    expect(names(all)).toContain('mine/unknown')
    expect(new Set((await providers.list({ provider: 'openai' })).map(({ provider }) => provider))).toEqual(new Set(['openai']))
    expect(names(await providers.list({ search: 'OPUS claude 4.8', provider: 'anthropic' }))).toEqual([
      'anthropic/claude-opus-4-8',
    ])
    const seeing = await providers.list({ capability: 'tools,image' })
    expect(seeing.length).toBeGreaterThan(10)
    expect(seeing.every(({ capabilities }) => capabilities?.includes('image') && capabilities.includes('tools'))).toBe(true)
    const cheap = await providers.list({ maxPrice: 100_000 })
    expect(cheap.length).toBeGreaterThan(2)
    expect(cheap.every(({ price }) => price && price.input <= 100_000)).toBe(true)
    const long = await providers.list({ minContext: 1_000_000 })
    expect(long.every(({ contextTokens }) => contextTokens && contextTokens >= 1_000_000)).toBe(true)
    expect((await providers.list({ ready: true })).every(({ ready }) => ready)).toBe(true)
    expect(names(await providers.list({ minContext: 1 }))).not.toContain('mine/unknown')
  })
})
