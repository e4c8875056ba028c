import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listSettings, loadConfig, loadWorkspacePolicy, setSetting } from '../../sidecar/foundation/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

function files(texts: { system?: string; home?: string }): {
  home: { config: string }
  systemPath: string
  env: NodeJS.ProcessEnv
} {
  const folder = temporaryFolder()
  const at = (name: string, text: string | undefined): string => {
    const path = join(folder, name)
    if (text !== undefined) writeFileSync(path, text)
    return path
  }
  return { home: { config: at('config.toml', texts.home) }, systemPath: at('system.toml', texts.system), env: {} }
}

describe('layers', () => {
  test('defaults < system < home < environment < command line, each setting with its source', async () => {
    const options = files({
      system: '[gateway]\nport = 1\n[kernel]\nmax_turns = 2\nmax_steps = 2\n[policy]\nmode = "auto"\n',
      home: '[gateway]\nport = 3\n[kernel]\nmax_steps = 3\n',
    })
    const { config, sources } = await loadConfig({
      ...options,
      env: { OXBOW__GATEWAY__PORT: '5', OXBOW__LOG__LEVEL: 'debug' },
      overrides: { 'gateway.port': 7 },
    })
    expect(config).toMatchObject({
      gateway: { port: 7, host: '127.0.0.1' },
      kernel: { maxTurns: 2, maxSteps: 3 },
      policy: { mode: 'auto' },
      log: { level: 'debug' },
    })
    expect(sources.get('gateway.port')).toBe('command line')
    expect(sources.get('log.level')).toBe('environment')
    expect(sources.get('kernel.max_steps')).toBe(options.home.config)
    expect(sources.get('kernel.max_turns')).toBe(options.systemPath)
    expect(sources.get('gateway.host')).toBeUndefined()
  })

  test('names of providers stay as they are; their keys are read in both spellings of the layers', async () => {
    const options = files({
      home: '[providers.my_box]\ntype = "openai"\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "MY_KEY"\n',
    })
    const { config } = await loadConfig({ ...options, env: { OXBOW__PROVIDERS__MY_BOX__API_KEY: 'sekret' } })
    expect(config.providers).toEqual({
      my_box: { type: 'openai', baseUrl: 'http://127.0.0.1:9/v1', apiKeyEnv: 'MY_KEY', apiKey: 'sekret' },
    })
  })
})

describe('what is wrong is named with file, line, key and what is expected', () => {
  test.each([
    [
      'an unknown key',
      '# mine\n[gateway]\nport = 1\nhsot = "x"\n',
      /config\.toml:4: there is no setting "gateway\.hsot"/,
      /"gateway\.host"/,
    ],
    ['an unknown section', '[gatway]\nport = 1\n', /config\.toml:1: there is no setting "gatway"/, /settings are/],
    ['a wrong type', '[kernel]\nmax_turns = "many"\n', /config\.toml:2: kernel\.max_turns: .*expected/i, /right/],
    ['a value out of range', '[gateway]\nport = 70000\n', /config\.toml:2: gateway\.port: .*65535/i, /right/],
    ['an unknown word', '[policy]\nmode = "yolo"\n', /config\.toml:2: policy\.mode: .*"ask".*"auto-edit".*"auto"/, /right/],
    [
      'a provider of an unknown kind',
      '[providers.x]\ntype = "grok"\n',
      /config\.toml:2: providers\.x\.type: .*"openai"/,
      /right/,
    ],
    [
      'a mistyped key of a provider',
      '[providers.x]\ntype = "openai"\nbase_ulr = "http://a.b"\n',
      /config\.toml:3: there is no setting "providers\.x\.base_ulr"/,
      /"providers\.x\.base_url"/,
    ],
    ['broken TOML', '[gateway]\nport = = 1\n', /config\.toml:2:\d+: /, /toml\.io/],
    ['a model without provider', '[models]\ndefault = "gpt"\n', /config\.toml:2: models\.default: .*provider\/model/, /right/],
  ])('%s', async (_, home, message, hint) => {
    await expect(loadConfig(files({ home }))).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  test('in the environment and on the command line too', async () => {
    await expect(loadConfig({ ...files({}), env: { OXBOW__GATEWAY__PROT: '1' } })).rejects.toMatchObject({
      message: expect.stringMatching(/^environment: .*"gateway\.prot"/),
    })
    await expect(loadConfig({ ...files({}), overrides: { 'gateway.port': 'x' } })).rejects.toMatchObject({
      message: expect.stringMatching(/^command line: gateway\.port/),
    })
  })

  test('a host beyond loopback needs allow_remote', async () => {
    await expect(loadConfig(files({ home: '[gateway]\nhost = "0.0.0.0"\n' }))).rejects.toMatchObject({
      hint: expect.stringContaining('allow_remote'),
    })
    const { config } = await loadConfig(files({ home: '[gateway]\nhost = "0.0.0.0"\nallow_remote = true\n' }))
    expect(config.gateway.host).toBe('0.0.0.0')
  })
})

describe('a workspace may only tighten', () => {
  const workspace = (text: string): string => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, '.oxbow'))
    writeFileSync(join(folder, '.oxbow', 'config.toml'), text)
    return folder
  }

  test('it may name a mode and hosts', async () => {
    expect(await loadWorkspacePolicy(workspace('[policy]\nmode = "ask"\n[sandbox]\nallow_hosts = []\n'))).toEqual({
      mode: 'ask',
      allowHosts: [],
    })
    expect(await loadWorkspacePolicy(temporaryFolder())).toEqual({})
  })

  test.each(['[gateway]\nport = 1\n', '[providers.openai]\nbase_url = "http://evil.example"\n', '[models]\ndefault = "a/b"\n'])(
    'it may not say %j',
    async (text) => {
      await expect(loadWorkspacePolicy(workspace(text))).rejects.toMatchObject({ code: 'config.invalid' })
    },
  )
})

describe('changing a setting', () => {
  test.each([
    ['a new file', '', 'gateway.port', 4300, '[gateway]\nport = 4300\n'],
    [
      'a known key, comments and order kept',
      '# top\n[gateway]\nport = 1 # why\n# end\n[log]\nlevel = "warn"\n',
      'gateway.port',
      2,
      '# top\n[gateway]\nport = 2 # why\n# end\n[log]\nlevel = "warn"\n',
    ],
    [
      'a new key in a known section',
      '[gateway]\nport = 1\n\n[log]\nlevel = "warn"\n',
      'gateway.host',
      '::1',
      '[gateway]\nport = 1\nhost = "::1"\n\n[log]\nlevel = "warn"\n',
    ],
    ['a new section', '[log]\nlevel = "warn"', 'policy.mode', 'auto', '[log]\nlevel = "warn"\n\n[policy]\nmode = "auto"\n'],
    ['a list', '', 'sandbox.allow_hosts', ['example.com'], '[sandbox]\nallow_hosts = [ "example.com" ]\n'],
    ['a removed key', '[gateway]\nport = 1\nhost = "::1"\n', 'gateway.port', null, '[gateway]\nhost = "::1"\n'],
    ['a dotted key', 'gateway.port = 1\n', 'gateway.port', 2, 'gateway.port = 2\n'],
  ])('%s', async (_, before, key, value, after) => {
    const { home } = files({ home: before })
    await setSetting(home, key, value)
    expect(readFileSync(home.config, 'utf8')).toBe(after)
  })

  test('what would make the file wrong changes nothing', async () => {
    const { home } = files({ home: '[gateway]\nport = 1\n' })
    await expect(setSetting(home, 'gateway.port', 'x')).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(setSetting(home, 'gateway.prot', 1)).rejects.toMatchObject({ hint: expect.stringContaining('gateway.port') })
    await expect(setSetting(home, 'port', 1)).rejects.toMatchObject({ code: 'config.invalid' })
    expect(readFileSync(home.config, 'utf8')).toBe('[gateway]\nport = 1\n')
  })

  test('a key is never shown', async () => {
    const options = files({ home: '[providers.openai]\ntype = "openai"\napi_key = "sk-planted"\n' })
    const { config, sources } = await loadConfig(options)
    const shown = JSON.stringify([
      listSettings(config, sources),
      await setSetting(options.home, 'providers.openai.api_key', 'sk-planted-2'),
    ])
    expect(shown).not.toContain('planted')
    expect(shown).toContain('********')
  })
})
