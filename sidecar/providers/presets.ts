import { type ChatDialect, mistralDialect, openAiDialect } from './chat-dialect.ts'

/** The wire format of a server. `openai` is chat completions, which nearly every server speaks. */
export type WireType = 'openai' | 'openai-responses' | 'anthropic' | 'gemini'

export type LocalKind = 'ollama' | 'lmstudio' | 'llamacpp' | 'vllm'

/** A model server that Oxbow knows by name. */
export interface Preset {
  name: string
  type: WireType
  baseUrl: string
  /** The domain of its addresses, where that is not the host of `baseUrl`. */
  domain?: string | undefined
  baseUrlEnv?: string | undefined
  keyEnv?: string | undefined
  /** Another name that the vendor's own tools read the key from. */
  otherKeyEnv?: string | undefined
  /** What follows the host in the address, where a person gives only that. */
  path?: string | undefined
  /** The header that carries the key; `Authorization: Bearer` where none is named. */
  keyHeader?: string | undefined
  /** Set for the model servers that people run on their own computer. */
  local?: LocalKind | undefined
  /** The model of a first start, where the provider has its key. */
  defaultModel?: string | undefined
  /** How its chat completions differ. */
  dialect?: Partial<ChatDialect> | undefined
}

/** An address that leads nowhere, for servers that have one for each customer. */
const NO_ADDRESS = 'https://base-url-is-not-set.invalid'

/** In the order of choice at a first start. */
export const presets: Readonly<Record<string, Preset>> = {
  openai: {
    name: 'OpenAI',
    type: 'openai-responses',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlEnv: 'OPENAI_BASE_URL',
    keyEnv: 'OPENAI_API_KEY',
    defaultModel: 'gpt-5.2',
    dialect: openAiDialect,
  },
  anthropic: {
    name: 'Anthropic',
    type: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    baseUrlEnv: 'ANTHROPIC_BASE_URL',
    keyEnv: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-sonnet-5-5',
  },
  google: {
    name: 'Google Gemini',
    type: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
    baseUrlEnv: 'GOOGLE_GEMINI_BASE_URL',
    keyEnv: 'GEMINI_API_KEY',
    otherKeyEnv: 'GOOGLE_API_KEY',
    defaultModel: 'gemini-3.8-flash',
  },
  openrouter: {
    name: 'OpenRouter',
    type: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyEnv: 'OPENROUTER_API_KEY',
    defaultModel: 'openrouter/auto',
    dialect: { thoughts: 'reasoning_details', callIds: 'word', video: true },
  },
  mistral: {
    name: 'Mistral',
    type: 'openai',
    baseUrl: 'https://api.mistral.ai/v1',
    keyEnv: 'MISTRAL_API_KEY',
    defaultModel: 'devstral-latest',
    dialect: mistralDialect,
  },
  deepseek: {
    name: 'DeepSeek',
    type: 'openai',
    baseUrl: 'https://api.deepseek.com',
    keyEnv: 'DEEPSEEK_API_KEY',
    defaultModel: 'deepseek-v4-pro',
    dialect: { thoughts: 'reasoning_content', callIds: 'word', image: false, audio: 'none', pdf: 'none' },
  },
  xai: {
    name: 'xAI',
    type: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    keyEnv: 'XAI_API_KEY',
    defaultModel: 'grok-4.7',
    dialect: { maxTokens: 'max_completion_tokens', audio: 'none', pdf: 'none' },
  },
  groq: {
    name: 'Groq',
    type: 'openai',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyEnv: 'GROQ_API_KEY',
    defaultModel: 'openai/gpt-oss-120b',
    dialect: { maxTokens: 'max_completion_tokens', audio: 'none', pdf: 'none' },
  },
  together: {
    name: 'Together',
    type: 'openai',
    baseUrl: 'https://api.together.xyz/v1',
    keyEnv: 'TOGETHER_API_KEY',
    defaultModel: 'moonshotai/Kimi-K3',
    dialect: { audio: 'none', pdf: 'none', video: true },
  },
  azure: {
    name: 'Azure OpenAI',
    type: 'openai',
    baseUrl: NO_ADDRESS,
    domain: 'openai.azure.com',
    baseUrlEnv: 'AZURE_OPENAI_ENDPOINT',
    path: '/openai/v1',
    keyEnv: 'AZURE_OPENAI_API_KEY',
    otherKeyEnv: 'AZURE_API_KEY',
    keyHeader: 'api-key',
    dialect: openAiDialect,
  },
  ollama: {
    name: 'Ollama',
    type: 'openai',
    baseUrl: 'http://127.0.0.1:11434/v1',
    local: 'ollama',
    dialect: { audio: 'none', pdf: 'none' },
  },
  lmstudio: {
    name: 'LM Studio',
    type: 'openai',
    baseUrl: 'http://127.0.0.1:1234/v1',
    local: 'lmstudio',
    dialect: { audio: 'none', pdf: 'none' },
  },
  llamacpp: {
    name: 'llama.cpp',
    type: 'openai',
    baseUrl: 'http://127.0.0.1:8080/v1',
    local: 'llamacpp',
    dialect: { parallelToolCalls: true, pdf: 'none' },
  },
  vllm: {
    name: 'vLLM',
    type: 'openai',
    baseUrl: 'http://127.0.0.1:8000/v1',
    local: 'vllm',
    dialect: { pdf: 'none', video: true },
  },
}

/** The preset whose server stands at an address, whatever name the configuration gave it. */
export function presetAt(baseUrl: string): Preset | undefined {
  if (!URL.canParse(baseUrl)) return undefined
  const { host } = new URL(baseUrl)
  return Object.values(presets).find((preset) => {
    if (preset.local !== undefined) return false
    const own = preset.domain ?? new URL(preset.baseUrl).host
    return host === own || host.endsWith(`.${own}`)
  })
}
