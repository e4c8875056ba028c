import { type ChatDialect, plainDialect } from './chat-dialect.ts'
import type { BuiltInTool } from './openai-responses-input.ts'
import { type LocalKind, type Preset, presetAt, presets, type WireType } from './presets.ts'

export type { LocalKind, WireType } from './presets.ts'

/** A provider's entry in the configuration; what is left out comes from the built-in one of that name. */
export interface ProviderConfig {
  /** The wire format; `openai` where neither this nor what stands at its address says otherwise. */
  type?: WireType | undefined
  baseUrl?: string | undefined
  apiKey?: string | undefined
  apiKeyEnv?: string | undefined
  models?: readonly string[] | undefined
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Tools that run at the vendor, past the gate. */
  builtinTools?: readonly BuiltInTool[] | undefined
  /** Stores answers at the vendor, so that a conversation need not be sent again. */
  stateful?: boolean | undefined
}

/** A model server Oxbow can call. */
export interface Server {
  id: string
  name: string
  type: WireType
  baseUrl: string
  keyEnv?: string | undefined
  /** The key itself, from the configuration or the environment. */
  key?: string | undefined
  /** The header that carries the key, where it is not the usual one. */
  keyHeader?: string | undefined
  headers?: Readonly<Record<string, string>> | undefined
  needsKey: boolean
  /** Whether it is asked at its vendor's own address, where models have the names that the catalogue knows. */
  isVendor: boolean
  /** How its chat completions differ. */
  dialect: ChatDialect
  builtinTools: readonly BuiltInTool[]
  stateful: boolean
  /** Set for the model servers that people run on their own computer. */
  local?: LocalKind | undefined
  /** The model of a first start, where the provider has its key. */
  defaultModel?: string | undefined
  /** Named in the configuration. */
  models: readonly string[]
}

/** The built-in servers with what the configuration changes and adds; the order is the order of choice. */
export function servers(
  config: Readonly<Record<string, ProviderConfig>>,
  env: Readonly<Record<string, string | undefined>>,
): Map<string, Server> {
  const ids = new Set([...Object.keys(presets), ...Object.keys(config)])
  return new Map([...ids].map((id) => [id, toServer(id, presets[id], config[id], env)]))
}

/** The vendor of each wire format: whom a provider means that names no address. */
const vendors: Readonly<Record<WireType, string>> = {
  openai: 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
}

function toServer(
  id: string,
  base: Preset | undefined,
  own: ProviderConfig | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Server {
  const keyEnv = own?.apiKeyEnv ?? [base?.keyEnv, base?.otherKeyEnv].find((name) => name && env[name]?.trim()) ?? base?.keyEnv
  const key = own?.apiKey || (keyEnv === undefined ? undefined : env[keyEnv]) || undefined
  const told = own?.baseUrl || (base?.baseUrlEnv && env[base.baseUrlEnv]) || undefined
  const there = told === undefined ? base : presetAt(told)
  const type = own?.type ?? there?.type ?? typeElsewhere(base)
  const baseUrl = told ?? base?.baseUrl ?? presets[vendors[type]]!.baseUrl
  const preset = there ?? base
  return {
    id,
    name: base?.name ?? id,
    type,
    baseUrl: completed(baseUrl, preset),
    keyEnv,
    key: key?.trim() || undefined,
    keyHeader: preset?.keyHeader,
    headers: own?.headers,
    // A server of one's own may need no key; the vendors' own address always does.
    needsKey: keyEnv !== undefined || presetAt(baseUrl) !== undefined,
    isVendor: base !== undefined && base.local === undefined && baseUrl.replace(/\/+$/, '') === base.baseUrl,
    dialect: { ...plainDialect, ...preset?.dialect },
    builtinTools: own?.builtinTools ?? [],
    stateful: own?.stateful ?? false,
    local: base?.local,
    defaultModel: own?.models?.[0] ?? base?.defaultModel,
    models: own?.models ?? [],
  }
}

/** Servers that stand in for OpenAI speak chat completions; the other formats are what they are wherever they stand. */
const typeElsewhere = (base: Preset | undefined): WireType =>
  base === undefined || base.type === 'openai-responses' ? 'openai' : base.type

/** Without a slash at its end, and with the path that every customer of the vendor has. */
function completed(baseUrl: string, preset: Preset | undefined): string {
  const trimmed = baseUrl.replace(/\/+$/, '')
  const bare = preset?.path !== undefined && URL.canParse(trimmed) && new URL(trimmed).pathname === '/'
  return bare ? `${new URL(trimmed).origin}${preset.path}${new URL(trimmed).search}` : trimmed
}

/** Whether an address is on this computer. */
export function isLoopback(baseUrl: string): boolean {
  if (!URL.canParse(baseUrl)) return false
  const { hostname } = new URL(baseUrl)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
