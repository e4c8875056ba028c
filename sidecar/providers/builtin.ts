/** A provider's entry in the configuration; what is left out comes from the built-in one of that name. */
export interface ProviderConfig {
  /** The wire format; `openai` where neither this nor a built-in provider says otherwise. */
  type?: 'openai' | 'anthropic' | undefined
  baseUrl?: string | undefined
  apiKey?: string | undefined
  apiKeyEnv?: string | undefined
  models?: readonly string[] | undefined
}

export type LocalKind = 'ollama' | 'lmstudio' | 'llamacpp' | 'vllm'

/** A model server Oxbow can call. */
export interface Server {
  id: string
  name: string
  type: 'openai' | 'anthropic'
  baseUrl: string
  keyEnv?: string | undefined
  /** The key itself, from the configuration or the environment. */
  key?: string | undefined
  needsKey: boolean
  /** Whether it is asked at its vendor's own address, where models have the names that the catalogue knows. */
  isVendor: boolean
  /** Set for the model servers that people run on their own computer. */
  local?: LocalKind | undefined
  /** The model of a first start, where the provider has its key. */
  defaultModel?: string | undefined
  /** Named in the configuration. */
  models: readonly string[]
}

interface BuiltIn extends Pick<Server, 'name' | 'type' | 'baseUrl' | 'keyEnv' | 'local' | 'defaultModel'> {
  baseUrlEnv?: string
}

const builtIns: Readonly<Record<string, BuiltIn>> = {
  openai: {
    name: 'OpenAI',
    type: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlEnv: 'OPENAI_BASE_URL',
    keyEnv: 'OPENAI_API_KEY',
    defaultModel: 'gpt-5.2',
  },
  anthropic: {
    name: 'Anthropic',
    type: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    baseUrlEnv: 'ANTHROPIC_BASE_URL',
    keyEnv: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-sonnet-5-5',
  },
  openrouter: {
    name: 'OpenRouter',
    type: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyEnv: 'OPENROUTER_API_KEY',
    defaultModel: 'openrouter/auto',
  },
  ollama: { name: 'Ollama', type: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', local: 'ollama' },
  lmstudio: { name: 'LM Studio', type: 'openai', baseUrl: 'http://127.0.0.1:1234/v1', local: 'lmstudio' },
  llamacpp: { name: 'llama.cpp', type: 'openai', baseUrl: 'http://127.0.0.1:8080/v1', local: 'llamacpp' },
  vllm: { name: 'vLLM', type: 'openai', baseUrl: 'http://127.0.0.1:8000/v1', local: 'vllm' },
}

/** The built-in servers with what the configuration changes and adds; the order is the order of choice. */
export function servers(
  config: Readonly<Record<string, ProviderConfig>>,
  env: Readonly<Record<string, string | undefined>>,
): Map<string, Server> {
  const ids = new Set([...Object.keys(builtIns), ...Object.keys(config)])
  return new Map([...ids].map((id) => [id, toServer(id, builtIns[id], config[id], env)]))
}

function toServer(
  id: string,
  base: BuiltIn | undefined,
  own: ProviderConfig | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Server {
  const type = own?.type ?? base?.type ?? 'openai'
  const vendor = builtIns[type]!
  const keyEnv = own?.apiKeyEnv ?? base?.keyEnv
  const key = own?.apiKey || (keyEnv === undefined ? undefined : env[keyEnv]) || undefined
  const baseUrl = own?.baseUrl || (base?.baseUrlEnv && env[base.baseUrlEnv]) || base?.baseUrl || vendor.baseUrl
  return {
    id,
    name: base?.name ?? id,
    type,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    keyEnv,
    key: key?.trim() || undefined,
    // A server of one's own may need no key; the vendors' own address always does.
    needsKey: keyEnv !== undefined || baseUrl === vendor.baseUrl,
    isVendor: base !== undefined && base.local === undefined && baseUrl === base.baseUrl,
    local: base?.local,
    defaultModel: own?.models?.[0] ?? base?.defaultModel,
    models: own?.models ?? [],
  }
}

/** Whether an address is on this computer. */
export function isLoopback(baseUrl: string): boolean {
  if (!URL.canParse(baseUrl)) return false
  const { hostname } = new URL(baseUrl)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
